// Looks duplicates up in JetStream.
package import JetStream
import Operations

/// Looks duplicates up in the stream of writes.
package struct JetStreamDuplicates: DuplicateSource {
    private let jetStream: JetStream

    package init(_ jetStream: JetStream) {
        self.jetStream = jetStream
    }

    package func find(_ write: WriteIdentity, sequence: UInt64) async -> DuplicateFinding {
        do {
            var message = try await jetStream.message(stream: StreamName.writes, sequence: sequence)
            // A replica may lack what the leader stored a moment ago.
            if message == nil {
                message = try await jetStream.leaderMessage(stream: StreamName.writes, sequence: sequence)
            }
            guard let message else { return .gone }
            return Self.compare(message.payload, fingerprint: message.headers[MessageHeader.fingerprint], with: write)
        } catch {
            return .failed("\(error)")
        }
    }

    /// - Parameters:
    ///   - payload: an envelope.
    ///   - fingerprint: of its request, 64 hexadecimal digits; messages of the old system have none, and are taken for
    ///     the same request where they are about the same table.
    static func compare(_ payload: [UInt8], fingerprint: String?, with write: WriteIdentity) -> DuplicateFinding {
        guard let envelope = try? Envelope(decoding: payload) else { return .otherRequest }
        let isSame = fingerprint.map { $0 == write.fingerprint.hexadecimal } ?? (envelope.table == write.table)
        return isSame ? .sameRequest(acceptedAt: envelope.queuedAt) : .otherRequest
    }
}
