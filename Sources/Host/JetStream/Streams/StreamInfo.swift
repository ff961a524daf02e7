// How a stream is.
import JSON

/// A stream's configuration and contents at one moment.
package struct StreamInfo: Sendable, Hashable {
    package let configuration: StreamConfiguration
    /// When it was made, as the server writes it; tells it from another one of the same name.
    package let created: String
    package let messages: UInt64
    package let bytes: UInt64
    /// Of the oldest message; one more than `lastSequence` while there is none.
    package let firstSequence: UInt64
    /// Of the newest message that there ever was; 0 in a new stream.
    package let lastSequence: UInt64
    /// Whether publishers may use atomic batches: the stream has them and, from `ensureStream`, the server is fit for it.
    package internal(set) var allowsAtomicPublish: Bool

    init(_ json: JSONValue) throws(JetStreamError) {
        guard let configuration = json["config"].flatMap({ StreamConfiguration($0) }), let state = json["state"] else {
            throw JetStreamError(.unexpectedAnswer, "the answer is not a stream's description")
        }
        self.configuration = configuration
        created = json["created"]?.string ?? ""
        messages = UInt64(state["messages"]?.int64 ?? 0)
        bytes = UInt64(state["bytes"]?.int64 ?? 0)
        firstSequence = UInt64(state["first_seq"]?.int64 ?? 0)
        lastSequence = UInt64(state["last_seq"]?.int64 ?? 0)
        allowsAtomicPublish = configuration.allowAtomicPublish
    }
}
