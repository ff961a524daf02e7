// Which writes nobody takes.
import JetStream
import Operations

extension JetStream {
    /// The subjects of the stream of writes that have messages, and that no consumer takes.
    ///
    /// - Parameter consumers: those of the stream.
    func subjectsOfWrites(without consumers: [ConsumerInfo]) async throws(JetStreamError) -> [String] {
        let served = Set(consumers.compactMap(\.configuration.filterSubject))
        return try await subjects(stream: StreamName.writes, filter: Subject.allWrites).filter { !served.contains($0) }
    }
}
