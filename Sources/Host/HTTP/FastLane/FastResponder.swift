// What serves hot routes before the router.

/// Finds what serves a request on the connection's event loop, without the router, its tasks and its middleware. What it
/// does not take goes to the router, which has to serve the same routes with the same answers: this is a shortcut and
/// nothing else.
package protocol FastResponder: Sendable {
    /// What serves a request, by its head; `nil` where the router does. Only asked for heads that are `isOrdinary`, and
    /// asked again where a body comes in pieces. On an event loop.
    func route(_ head: RequestHead) -> (any FastRoute)?
}

/// Serves one request.
package protocol FastRoute: Sendable {
    /// On an event loop: must not block.
    ///
    /// - Parameter answer: to be called exactly once, on any thread, also before this returns; with `nil` the request
    ///   goes to the router after all.
    func serve(body: [UInt8], answer: @escaping @Sendable (FastAnswer?) -> Void)
}
