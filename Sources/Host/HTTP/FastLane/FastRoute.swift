// A request that is served before the router.

/// Serves one request.
package protocol FastRoute: Sendable {
    /// On an event loop: must not block.
    ///
    /// - Parameter answer: to be called exactly once, on any thread, also before this returns; with `nil` the request
    ///   goes to the router after all.
    func serve(body: [UInt8], answer: @escaping @Sendable (FastAnswer?) -> Void)
}
