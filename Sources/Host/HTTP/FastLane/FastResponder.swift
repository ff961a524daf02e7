// What serves hot routes before the router.

/// Finds what serves a request on the connection's event loop, without the router, its tasks and its middleware. What it
/// does not take goes to the router, which has to serve the same routes with the same answers: this is a shortcut and
/// nothing else.
package protocol FastResponder: Sendable {
    /// What serves a request, by its head; `nil` where the router does. Only asked for heads that are `isOrdinary`, and
    /// asked again where a body comes in pieces. On an event loop.
    func route(_ head: RequestHead) -> (any FastRoute)?
}
