// What capture keeps in JetStream.
import JetStream
import Operations
import Streams

/// Makes sure of the stream of changes and of the bucket with the position, also after somebody removed them.
struct CaptureStreams: Sendable {
    let jetStream: JetStream
    let replicas: Int
    /// The size from which on the stream forgets its oldest changes.
    let maximumBytes: Int

    /// - Parameter timeout: for JetStream to answer.
    /// - Throws: `JetStreamError`; `cannotServe` where what is there can't be used.
    func ensure(
        waitingUpTo timeout: Duration = .seconds(5)
    ) async throws(JetStreamError) -> (stream: StreamInfo, bucket: KeyValueBucket) {
        let server = try await jetStream.server(waitingUpTo: timeout)
        let stream = try await jetStream.ensureStream(
            HostStreams.changes(maximumBytes: maximumBytes, replicas: replicas), server: server)
        var bucket = KeyValueConfiguration(bucket: BucketName.capture)
        bucket.replicas = replicas
        return (stream, try await KeyValueBucket.ensure(bucket, jetStream: jetStream, server: server))
    }
}
