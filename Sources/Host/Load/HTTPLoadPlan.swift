// What `jspg bench http` is to do.

package struct HTTPLoadPlan: Sendable {
    package var url: LoadURL
    package var request: RequestTemplate
    /// Of all threads together.
    package var connections: Int
    /// Requests a second, for an open loop; `nil`: a closed loop.
    package var rate: Double?
    /// Seconds that are counted.
    package var duration: Double
    /// Seconds before them.
    package var warmUp: Double
    /// Event loops; at most one a connection.
    package var threads: Int
    /// Requests under way on each connection.
    package var pipeline: Int

    package init(
        url: LoadURL, request: RequestTemplate, connections: Int, rate: Double?, duration: Double, warmUp: Double,
        threads: Int, pipeline: Int
    ) {
        self.url = url
        self.request = request
        self.connections = connections
        self.rate = rate
        self.duration = duration
        self.warmUp = warmUp
        self.threads = threads
        self.pipeline = pipeline
    }
}
