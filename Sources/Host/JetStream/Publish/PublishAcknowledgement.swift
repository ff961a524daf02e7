// JetStream's answer to a publish.
import JSON

/// A message, or a batch of them, is stored (and synced, where the server is set to sync).
package struct PublishAcknowledgement: Sendable, Hashable {
    package let stream: String
    /// Of the message; of the last one of a batch. For a duplicate: of the first message with that id.
    package let sequence: UInt64
    /// The stream knew the message's id already and stored nothing.
    package let isDuplicate: Bool
    /// How many messages were stored at once; 1 unless it was a batch.
    package let count: Int

    /// The sequence of the message at `index` (from 0) of a batch.
    package func sequence(at index: Int) -> UInt64 {
        sequence - UInt64(count - 1 - index)
    }

    init(parsing payload: [UInt8]) throws(JetStreamError) {
        let json = try JetStream.object(in: payload)
        guard let stream = json["stream"]?.string, let sequence = json["seq"]?.int64 else {
            throw JetStreamError(.unexpectedAnswer, "the answer to a publish is not JetStream's")
        }
        self.stream = stream
        self.sequence = UInt64(sequence)
        isDuplicate = json["duplicate"]?.bool ?? false
        count = Int(json["count"]?.int64 ?? 1)
    }

    static func from(_ result: Result<NATSMessage, NATSError>) -> Result<PublishAcknowledgement, JetStreamError> {
        do throws(JetStreamError) {
            switch result {
            case .success(let message): return .success(try PublishAcknowledgement(parsing: message.payload))
            case .failure(let error): throw JetStreamError(error)
            }
        } catch {
            return .failure(error)
        }
    }
}
