// Consumers: create, update, look, unpin, delete.
import JSON

extension JetStream {
    /// Creates the consumer, or updates an existing one where it differs in a way that can be changed. Safe to call
    /// from many hosts at once.
    ///
    /// One with explicit acknowledgement serves where `all` is wanted: look at the answer's configuration.
    ///
    /// - Throws: `cannotServe`, naming each difference, where the existing consumer can't be used; `notFound` without
    ///   the stream.
    package func ensureConsumer(_ wanted: ConsumerConfiguration) async throws(JetStreamError) -> ConsumerInfo {
        try Self.check(name: wanted.stream)
        try Self.check(name: wanted.name)
        guard let existing = try await consumerJSON(stream: wanted.stream, name: wanted.name) else {
            return try await create(wanted, keeping: nil)
        }
        let info = try ConsumerInfo(existing)
        var target = wanted
        // An existing one keeps where it began and how many replicas somebody gave it.
        target.replicas = max(info.configuration.replicas, wanted.replicas)
        target.isInMemory = info.configuration.isInMemory
        // Who pulls looks whether it has to do so as a member of a group.
        target.pinnedClient = wanted.pinnedClient ?? info.configuration.pinnedClient
        // The policy can't be changed; one acknowledgement for each message serves as well as one for many.
        if wanted.acknowledgePolicy == .all, info.configuration.acknowledgePolicy == .explicit {
            target.acknowledgePolicy = .explicit
        }
        guard let json = existing["config"] else {
            throw JetStreamError(.unexpectedAnswer, "the consumer's description has no configuration")
        }
        var refusals: [String] = []
        if info.configuration.acknowledgePolicy != target.acknowledgePolicy {
            refusals.append(
                "its acknowledge policy is \(info.configuration.acknowledgePolicy.rawValue), "
                    + "it must be \(target.acknowledgePolicy.rawValue)")
        }
        if info.configuration.deliverPolicy != wanted.deliverPolicy {
            refusals.append(
                "its deliver policy is \(info.configuration.deliverPolicy.rawValue), "
                    + "it must be \(wanted.deliverPolicy.rawValue)")
        }
        if let subject = json["deliver_subject"]?.string, !subject.isEmpty {
            refusals.append("it is a push consumer, it must be a pull consumer")
        }
        guard refusals.isEmpty else { throw cannotServe(wanted, refusals.joined(separator: "; ")) }
        if target == info.configuration && json["filter_subjects"] == nil { return info }
        do throws(JetStreamError) {
            return try await create(target, keeping: json)
        } catch {
            guard error.kind == .refused else { throw error }
            throw cannotServe(wanted, "it can't be updated: \(error.message)")
        }
    }

    private func cannotServe(_ wanted: ConsumerConfiguration, _ reason: String) -> JetStreamError {
        JetStreamError(
            .cannotServe, "the existing consumer \(wanted.name) of stream \(wanted.stream) can't be used: \(reason)")
    }

    private func create(
        _ configuration: ConsumerConfiguration, keeping existing: JSONValue?
    ) async throws(JetStreamError) -> ConsumerInfo {
        var subject = "CONSUMER.CREATE.\(configuration.stream).\(configuration.name)"
        if let filter = configuration.filterSubject { subject += ".\(filter)" }
        return try ConsumerInfo(await api(subject, configuration.request(keeping: existing)))
    }

    /// - Throws: `notFound`.
    package func consumerInfo(stream: String, name: String) async throws(JetStreamError) -> ConsumerInfo {
        try Self.check(name: stream)
        try Self.check(name: name)
        return try ConsumerInfo(await api("CONSUMER.INFO.\(stream).\(name)"))
    }

    private func consumerJSON(stream: String, name: String) async throws(JetStreamError) -> JSONValue? {
        do throws(JetStreamError) {
            return try await api("CONSUMER.INFO.\(stream).\(name)")
        } catch {
            guard error.serverCode == 10014 else { throw error }
            return nil
        }
    }

    /// Every consumer of a stream as it is now, in pages of the server's size.
    package func consumers(stream: String) async throws(JetStreamError) -> [ConsumerInfo] {
        try Self.check(name: stream)
        var consumers: [ConsumerInfo] = []
        while true {
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("offset", consumers.count)
            writer.endObject()
            let answer = try await api("CONSUMER.LIST.\(stream)", writer.bytes)
            var page: [ConsumerInfo] = []
            if let elements = answer["consumers"]?.elements {
                for element in elements { page.append(try ConsumerInfo(element)) }
            }
            consumers += page
            guard !page.isEmpty, consumers.count < Int(answer["total"]?.int64 ?? 0) else { return consumers }
        }
    }

    /// Lets another client of the group have the messages at once, instead of after the pin's timeout.
    package func unpin(stream: String, consumer: String, group: String) async throws(JetStreamError) {
        try Self.check(name: stream)
        try Self.check(name: consumer)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("group", group)
        writer.endObject()
        _ = try await api("CONSUMER.UNPIN.\(stream).\(consumer)", writer.bytes)
    }

    /// - Throws: `notFound`.
    package func deleteConsumer(stream: String, name: String) async throws(JetStreamError) {
        try Self.check(name: stream)
        try Self.check(name: name)
        _ = try await api("CONSUMER.DELETE.\(stream).\(name)")
    }
}
