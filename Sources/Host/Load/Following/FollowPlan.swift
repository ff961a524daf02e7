// What `jspg bench follow` is to do.

package struct FollowPlan: Sendable {
    /// An operation that has not ended so long after its intended start, in seconds, is lost.
    package static let longest = 10.0

    package var gateway: LoadURL
    package var readAPI: LoadURL
    package var request: RequestTemplate
    package var method: FollowMethod
    /// Writes a second.
    package var rate: Double
    /// Seconds that are counted.
    package var duration: Double
    /// Seconds before them.
    package var warmUp: Double
    /// To each of the two hosts.
    package var connections: Int
    /// Milliseconds from one GET to the next, for `poll`.
    package var pollInterval: Double

    /// - Parameters:
    ///   - path: of the table, below the gateway's URL.
    ///   - body: of the writes.
    /// - Throws: `LoadError` where no request can be made of it.
    package init(
        gateway: LoadURL, readAPI: LoadURL, path: Template, body: Template, method: FollowMethod, rate: Double,
        duration: Double, warmUp: Double, connections: Int, pollInterval: Double
    ) throws {
        var target = Template(literal: Array(gateway.base.utf8))
        target.append(path)
        var headers = [(name: "Idempotency-Key", value: try Template("{uuid}") { _ in [] })]
        if method == .prefer { headers.append(("Prefer", Template(literal: Array("wait=10".utf8)))) }
        request = try RequestTemplate(
            method: "POST", target: target, authority: gateway.authority, headers: headers, body: body)
        self.gateway = gateway
        self.readAPI = readAPI
        self.method = method
        self.rate = rate
        self.duration = duration
        self.warmUp = warmUp
        self.connections = connections
        self.pollInterval = pollInterval
    }
}
