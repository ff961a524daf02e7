// How a stream is to be.
import JSON

/// The part of a stream's configuration that the hosts care about; the rest stays as the server has it.
package struct StreamConfiguration: Sendable, Hashable {
    package enum Storage: String, Sendable { case file, memory }
    package enum Retention: String, Sendable { case limits, interest, workqueue }
    package enum Discard: String, Sendable { case old, new }

    package var name: String
    package var subjects: [String]
    package var storage = Storage.file
    package var retention = Retention.limits
    /// What gives way at a limit: the oldest message, or the new one (which the publisher is then told).
    package var discard = Discard.old
    /// Bytes; `-1`: no limit.
    package var maxBytes: Int64 = -1
    /// `-1`: no limit.
    package var maxMessages: Int64 = -1
    /// `-1`: no limit.
    package var maxMessagesPerSubject: Int64 = -1
    /// `-1`: as many as the server's default, which is 1,000 in nats-server 2.15 and no limit before.
    package var maxConsumers: Int64 = -1
    /// Zero: no limit.
    package var maxAge: Duration = .zero
    /// How long a message id is remembered.
    package var duplicateWindow: Duration = .seconds(120)
    /// 1 to 5. An existing stream is given more, never fewer.
    package var replicas = 1
    package var allowDirect = true
    /// Left out for a server that has no atomic batches.
    package var allowAtomicPublish = false
    package var allowRollup = false
    /// Whether a message may bring its own time to live (`Nats-TTL`).
    package var allowMessageTTL = false
    package var denyDelete = false
    /// How long the marker stays that tells watchers of a message whose time had come; `nil`: no markers.
    package var deleteMarkerTTL: Duration?

    package init(name: String, subjects: [String]) {
        self.name = name
        self.subjects = subjects
    }
}

extension StreamConfiguration {
    /// From the member `config` of an answer.
    init?(_ json: JSONValue) {
        guard let name = json["name"]?.string else { return nil }
        self.init(name: name, subjects: json["subjects"].map { $0.elements.compactMap(\.string) } ?? [])
        storage = json["storage"]?.string.flatMap(Storage.init(rawValue:)) ?? .file
        retention = json["retention"]?.string.flatMap(Retention.init(rawValue:)) ?? .limits
        discard = json["discard"]?.string.flatMap(Discard.init(rawValue:)) ?? .old
        maxBytes = json["max_bytes"]?.int64 ?? -1
        maxMessages = json["max_msgs"]?.int64 ?? -1
        maxMessagesPerSubject = json["max_msgs_per_subject"]?.int64 ?? -1
        maxConsumers = json["max_consumers"]?.int64 ?? -1
        maxAge = .nanoseconds(json["max_age"]?.int64 ?? 0)
        duplicateWindow = .nanoseconds(json["duplicate_window"]?.int64 ?? 0)
        replicas = Int(json["num_replicas"]?.int64 ?? 1)
        allowDirect = json["allow_direct"]?.bool ?? false
        allowAtomicPublish = json["allow_atomic"]?.bool ?? false
        allowRollup = json["allow_rollup_hdrs"]?.bool ?? false
        allowMessageTTL = json["allow_msg_ttl"]?.bool ?? false
        denyDelete = json["deny_delete"]?.bool ?? false
        deleteMarkerTTL = json["subject_delete_marker_ttl"]?.int64.map { .nanoseconds($0) }
    }

    /// Writes the configuration, keeping all other members of `existing`.
    func json(keeping existing: JSONValue?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("name", name)
        writer.name("subjects")
        writer.beginArray()
        for subject in subjects { writer.string(subject) }
        writer.endArray()
        writer.member("storage", storage.rawValue)
        writer.member("retention", retention.rawValue)
        writer.member("discard", discard.rawValue)
        let numbers = [
            ("max_bytes", maxBytes), ("max_msgs", maxMessages), ("max_msgs_per_subject", maxMessagesPerSubject),
            ("max_consumers", maxConsumers), ("max_age", maxAge.nanoseconds),
            ("duplicate_window", duplicateWindow.nanoseconds),
            ("num_replicas", Int64(replicas)), ("subject_delete_marker_ttl", deleteMarkerTTL?.nanoseconds ?? 0),
        ]
        let switches = [
            ("allow_direct", allowDirect), ("allow_atomic", allowAtomicPublish), ("allow_rollup_hdrs", allowRollup),
            ("allow_msg_ttl", allowMessageTTL), ("deny_delete", denyDelete),
        ]
        for (name, value) in numbers where value != 0 {
            writer.name(name)
            writer.number(value)
        }
        for (name, value) in switches where value { writer.member(name, value) }
        if let existing {
            let written =
                ["name", "subjects", "storage", "retention", "discard"] + numbers.map(\.0) + switches.map(\.0)
            for (name, value) in existing.members where !written.contains(name) {
                writer.name(name)
                writer.raw(value.source)
            }
        }
        writer.endObject()
        return writer.bytes
    }
}
