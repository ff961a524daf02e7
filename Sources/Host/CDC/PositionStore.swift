// The last position that this slot's owner has confirmed.
import JSON
import JetStream

/// Bucket `jspg_cdc`, key `position.{slot}`: written before a position is confirmed, so a slot that is ahead of it is not
/// the slot that it was.
struct PositionStore: Sendable {
    struct Entry: Equatable {
        /// `pg_control_system()`: which cluster the position is of.
        var system: String
        var position: LogSequenceNumber
        /// When the stream was made that has the changes up to there; `nil`: not known.
        var stream: String?
    }

    private let bucket: KeyValueBucket
    private let key: String

    init(bucket: KeyValueBucket, slot: String) {
        self.bucket = bucket
        key = "position.\(slot)"
    }

    func read() async throws -> Entry? {
        // A follower may have an older one, from which it would look as if changes were missed.
        guard let bytes = try await bucket.getFromLeader(key)?.value, let json = try? JSONDocument(parsing: bytes).root,
            let system = json["system"]?.string,
            let position = (json["position"]?.string).flatMap({ LogSequenceNumber($0) })
        else { return nil }
        return Entry(system: system, position: position, stream: json["stream"]?.string)
    }

    func write(_ entry: Entry) async throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("system", entry.system)
        writer.member("position", entry.position.description)
        if let stream = entry.stream { writer.member("stream", stream) }
        writer.endObject()
        try await bucket.put(key, writer.bytes)
    }

    func forget() async throws {
        try await bucket.delete(key)
    }
}
