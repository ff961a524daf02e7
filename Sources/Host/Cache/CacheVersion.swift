// What was current when a query began.

/// A namespace's token together with the run of the server that held it. What a query returns is good for as long as
/// both are unchanged: an old token means that the namespace was invalidated since, another run that the server may
/// have forgotten invalidations (it restarted from an old copy, or a replica was promoted).
package struct CacheVersion: Hashable, Sendable {
    package let token: CacheToken
    /// `run_id` of the Redis server.
    package let runID: String

    package init(token: CacheToken, runID: String) {
        self.token = token
        self.runID = runID
    }
}
