// What a thread of a load has counted.

/// Counts of the measured part of a run. Each thread has its own; they are added up at the end.
package struct LoadTally: Sendable {
    package private(set) var answered = 0
    package private(set) var bytes = 0
    package private(set) var connectionErrors = 0
    package private(set) var timeouts = 0
    /// Requests of an open loop that found no free connection before the end.
    package var unsent = 0
    /// The first failure of a connection, as a sentence.
    package private(set) var failure: String?
    /// From the intended start.
    package var latency = LatencyHistogram()
    /// From when the request was sent.
    package var serviceTime = LatencyHistogram()
    private var counts = [Int](repeating: 0, count: 1_000)

    package init() {}

    package var errors: Int { connectionErrors + timeouts }

    /// By status, those that occurred.
    package var statuses: [(status: Int, count: Int)] {
        counts.indices.filter { counts[$0] > 0 }.map { ($0, counts[$0]) }
    }

    package mutating func count(_ response: HTTPResponse) {
        answered += 1
        bytes += response.byteCount
        counts[response.status] += 1
    }

    package mutating func count(_ failure: ConnectionFailure) {
        switch failure {
        case .timeout: timeouts += 1
        case .connection(let reason):
            connectionErrors += 1
            if self.failure == nil { self.failure = reason }
        }
    }

    package mutating func add(_ other: LoadTally) {
        answered += other.answered
        bytes += other.bytes
        connectionErrors += other.connectionErrors
        timeouts += other.timeouts
        unsent += other.unsent
        failure = failure ?? other.failure
        latency.add(other.latency)
        serviceTime.add(other.serviceTime)
        for status in counts.indices { counts[status] += other.counts[status] }
    }
}
