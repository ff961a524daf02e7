// How a consumer is.
import JSON

/// A consumer's configuration and progress at one moment.
package struct ConsumerInfo: Sendable, Hashable {
    /// A position: how many deliveries (or acknowledged ones), and up to which message of the stream.
    package struct Position: Sendable, Hashable {
        package let consumerSequence: UInt64
        package let streamSequence: UInt64

        init(_ json: JSONValue?) {
            consumerSequence = UInt64(json?["consumer_seq"]?.int64 ?? 0)
            streamSequence = UInt64(json?["stream_seq"]?.int64 ?? 0)
        }
    }

    package let configuration: ConsumerConfiguration
    /// The last delivery.
    package let delivered: Position
    /// Everything up to here is acknowledged.
    package let acknowledgeFloor: Position
    /// Delivered, not acknowledged.
    package let acknowledgePending: Int
    /// Never delivered yet.
    package let pending: UInt64
    /// Pull requests that wait for messages.
    package let waiting: Int
    /// The client that is pinned now, if any.
    package let pinnedClientID: String?

    /// Nothing is left to deliver and nothing to acknowledge.
    package var isDone: Bool { pending == 0 && acknowledgePending == 0 }

    init(_ json: JSONValue) throws(JetStreamError) {
        guard let stream = json["stream_name"]?.string, let name = json["name"]?.string, let config = json["config"]
        else {
            throw JetStreamError(.unexpectedAnswer, "the answer is not a consumer's description")
        }
        configuration = ConsumerConfiguration(config, stream: stream, name: name)
        delivered = Position(json["delivered"])
        acknowledgeFloor = Position(json["ack_floor"])
        acknowledgePending = Int(json["num_ack_pending"]?.int64 ?? 0)
        pending = UInt64(json["num_pending"]?.int64 ?? 0)
        waiting = Int(json["num_waiting"]?.int64 ?? 0)
        pinnedClientID = json["priority_groups"].flatMap { groups in
            groups.count == 0 ? nil : groups[0]?["pinned_client_id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
    }
}
