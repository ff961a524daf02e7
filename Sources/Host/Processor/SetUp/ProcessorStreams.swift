// The streams of writes and of dead letters.
import JetStream
import Streams

/// Makes the processor's streams where they are not there: at start, and where somebody removed one or nats-server has lost
/// its disk.
struct ProcessorStreams: Sendable {
    let jetStream: JetStream
    /// The size at which the stream of writes is full.
    let maximumBytes: Int
    let replicas: Int
    /// How long the server may take to answer.
    let timeout: Duration

    func ensure() async throws(JetStreamError) {
        let server = try await jetStream.server(waitingUpTo: timeout)
        _ = try await jetStream.ensureStream(
            HostStreams.writes(maximumBytes: maximumBytes, replicas: replicas), server: server)
        _ = try await jetStream.ensureStream(HostStreams.deadLetters(replicas: replicas), server: server)
    }
}
