// How a consumer is to be.
import JSON

/// A durable pull consumer with explicit acknowledgement, unless told otherwise.
package struct ConsumerConfiguration: Sendable, Hashable {
    /// With `all` an acknowledgement stands for every message up to its own, whoever had them.
    package enum AcknowledgePolicy: String, Sendable { case explicit, none, all }
    package enum DeliverPolicy: String, Sendable {
        case all, new, last
        case lastPerSubject = "last_per_subject"
    }

    /// One of several clients gets the messages until it stops asking (ADR-42). Not exclusive: for a moment two may.
    package struct PinnedClient: Sendable, Hashable {
        /// 1 to 16 characters.
        package let group: String
        /// How long after its last pull request the client stays pinned.
        package let timeout: Duration

        package init(group: String, timeout: Duration) {
            self.group = group
            self.timeout = timeout
        }
    }

    package var stream: String
    package var name: String
    /// `nil`: all of the stream's subjects.
    package var filterSubject: String?
    package var deliverPolicy = DeliverPolicy.all
    package var acknowledgePolicy = AcknowledgePolicy.explicit
    /// After this a message that was not acknowledged is delivered again.
    package var acknowledgeWait: Duration = .seconds(30)
    /// How often a message is delivered at most; `-1`: without limit.
    package var maxDeliver = -1
    /// How many messages may be delivered and not acknowledged; the consumer waits at this number.
    package var maxAcknowledgePending = 1000
    package var pinnedClient: PinnedClient?
    /// Deletes the consumer when nobody has asked for so long; `nil`: never.
    package var inactiveThreshold: Duration?
    package var isInMemory = false
    /// 0: as the stream.
    package var replicas = 0

    package init(stream: String, name: String, filterSubject: String? = nil) {
        self.stream = stream
        self.name = name
        self.filterSubject = filterSubject
    }
}

extension ConsumerConfiguration {
    /// From the member `config` of an answer. A consumer with several filters has none of them here.
    init(_ json: JSONValue, stream: String, name: String) {
        self.init(stream: stream, name: name)
        filterSubject = json["filter_subject"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        deliverPolicy = json["deliver_policy"]?.string.flatMap(DeliverPolicy.init(rawValue:)) ?? .all
        acknowledgePolicy = json["ack_policy"]?.string.flatMap(AcknowledgePolicy.init(rawValue:)) ?? .none
        acknowledgeWait = .nanoseconds(json["ack_wait"]?.int64 ?? 0)
        maxDeliver = Int(json["max_deliver"]?.int64 ?? -1)
        maxAcknowledgePending = Int(json["max_ack_pending"]?.int64 ?? 0)
        inactiveThreshold = json["inactive_threshold"]?.int64.flatMap { $0 == 0 ? nil : .nanoseconds($0) }
        isInMemory = json["mem_storage"]?.bool ?? false
        replicas = Int(json["num_replicas"]?.int64 ?? 0)
        let groups = json["priority_groups"].map { $0.elements.compactMap(\.string) } ?? []
        if json["priority_policy"]?.string == "pinned_client", let group = groups.first {
            pinnedClient = PinnedClient(
                group: group, timeout: .nanoseconds(json["priority_timeout"]?.int64 ?? 0))
        }
    }

    /// The request that creates or updates it, keeping all other members of `existing`.
    func request(keeping existing: JSONValue?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("stream_name", stream)
        writer.name("config")
        writer.beginObject()
        var written = ["name", "durable_name", "deliver_policy", "ack_policy", "replay_policy"]
        writer.member("name", name)
        if inactiveThreshold == nil { writer.member("durable_name", name) }
        writer.member("deliver_policy", deliverPolicy.rawValue)
        writer.member("ack_policy", acknowledgePolicy.rawValue)
        writer.member("replay_policy", "instant")
        if let filterSubject { writer.member("filter_subject", filterSubject) }
        written += ["filter_subject", "filter_subjects"]
        var numbers = [("num_replicas", Int64(replicas)), ("max_deliver", Int64(maxDeliver))]
        if acknowledgePolicy != .none {
            numbers += [("ack_wait", acknowledgeWait.nanoseconds), ("max_ack_pending", Int64(maxAcknowledgePending))]
        }
        if let inactiveThreshold { numbers.append(("inactive_threshold", inactiveThreshold.nanoseconds)) }
        if let pinnedClient {
            writer.member("priority_policy", "pinned_client")
            writer.name("priority_groups")
            writer.beginArray()
            writer.string(pinnedClient.group)
            writer.endArray()
            numbers.append(("priority_timeout", pinnedClient.timeout.nanoseconds))
        }
        written += ["priority_policy", "priority_groups", "priority_timeout"]
        for (name, value) in numbers {
            writer.name(name)
            writer.number(value)
        }
        if isInMemory { writer.member("mem_storage", true) }
        written += numbers.map(\.0) + ["mem_storage"]
        if let existing {
            for (name, value) in existing.members where !written.contains(name) {
                writer.name(name)
                writer.raw(value.source)
            }
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
