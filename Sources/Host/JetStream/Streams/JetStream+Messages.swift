// Reading a stream without a consumer.
import JSON

extension JetStream {
    /// The message with that sequence, or `nil`. Any replica may answer (direct get), so a message that was stored a
    /// moment ago may be missing on a stream with replicas; `leaderMessage` is sure.
    package func message(stream: String, sequence: UInt64) async throws(JetStreamError) -> StoredMessage? {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("seq")
        writer.number(Int64(clamping: sequence))
        writer.endObject()
        return try await directMessage(stream: stream, suffix: "", writer.bytes) { () throws(JetStreamError) in
            try await leaderMessage(stream: stream, sequence: sequence)
        }
    }

    /// The newest message of a subject, or `nil`; from any replica, as above.
    package func lastMessage(stream: String, subject: String) async throws(JetStreamError) -> StoredMessage? {
        try await directMessage(stream: stream, suffix: "." + subject, []) { () throws(JetStreamError) in
            try await lastLeaderMessage(stream: stream, subject: subject)
        }
    }

    private func directMessage(
        stream: String, suffix: String, _ body: [UInt8],
        orElse leader: () async throws(JetStreamError) -> StoredMessage?
    ) async throws(JetStreamError) -> StoredMessage? {
        try Self.check(name: stream)
        let answer: NATSMessage
        do throws(NATSError) {
            answer = try await connection.request(
                "$JS.API.DIRECT.GET.\(stream)\(suffix)", payload: body, timeout: requestTimeout)
        } catch {
            // A stream without allow_direct, or none at all.
            if case .noResponders = error { return try await leader() }
            throw JetStreamError(error)
        }
        if let message = StoredMessage(direct: answer) { return message }
        switch answer.status {
        case 404: return nil
        // A header without a value, which libnats 3.4 misreads; the leader's answer has headers in another form.
        case nil: return try await leader()
        case .some(let status):
            throw JetStreamError(
                .unexpectedAnswer, "the stream answered \(status) \(answer.statusDescription) to a direct get")
        }
    }

    /// The message with that sequence, or `nil`, from the stream's leader.
    package func leaderMessage(stream: String, sequence: UInt64) async throws(JetStreamError) -> StoredMessage? {
        try await leaderMessage(stream: stream) { writer in
            writer.name("seq")
            writer.number(Int64(clamping: sequence))
        }
    }

    /// The first message of a subject (wildcards allowed) at or after a sequence, or `nil`, from the stream's leader.
    package func leaderMessage(
        stream: String, from sequence: UInt64, subject: String
    ) async throws(JetStreamError) -> StoredMessage? {
        try await leaderMessage(stream: stream) { writer in
            writer.name("seq")
            writer.number(Int64(clamping: sequence))
            writer.member("next_by_subj", subject)
        }
    }

    /// The newest message of a subject, or `nil`, from the stream's leader.
    package func lastLeaderMessage(
        stream: String, subject: String
    ) async throws(JetStreamError) -> StoredMessage? {
        try await leaderMessage(stream: stream) { $0.member("last_by_subj", subject) }
    }

    private func leaderMessage(
        stream: String, _ members: (inout JSONWriter) -> Void
    ) async throws(JetStreamError) -> StoredMessage? {
        try Self.check(name: stream)
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        do throws(JetStreamError) {
            let answer = try await api("STREAM.MSG.GET." + stream, writer.bytes)
            guard let message = answer["message"].flatMap({ StoredMessage(leader: $0) }) else {
                throw JetStreamError(.unexpectedAnswer, "the answer is not a stored message")
            }
            return message
        } catch {
            // 10037: no such message. That the stream isn't there (10059) is another matter.
            guard error.serverCode == 10037 else { throw error }
            return nil
        }
    }

    /// The messages of a subject (wildcards allowed) from one sequence to another, both included, in order: exactly those
    /// that the stream's leader has, at most `limit` of them, and none once they have `maximumBytes` of payload.
    ///
    /// Read in batches from any replica. A replica may lack the newest ones, and only those (it applies what the
    /// leader stored in that order), so after a batch that was not full the leader is asked for the next one, until it
    /// has none in the range.
    /// The stream needs `allow_direct`.
    package func messages(
        stream: String, from sequence: UInt64, nextBySubject subject: String, upTo last: UInt64, limit: Int,
        maximumBytes: Int = .max
    ) async throws(JetStreamError) -> [StoredMessage] {
        var messages: [StoredMessage] = []
        var bytes = 0
        var next = max(sequence, 1)
        while next <= last, messages.count < limit, bytes < maximumBytes {
            let room = min(limit - messages.count, Self.largestGet)
            let batch = try await directBatch(
                stream: stream, from: next, subject: subject, limit: room, maximumBytes: maximumBytes - bytes)
            let wanted = batch.prefix { $0.sequence <= last }
            messages += wanted
            bytes += wanted.reduce(0) { $0 + $1.payload.count }
            if bytes >= maximumBytes { break }
            if let newest = wanted.last { next = newest.sequence + 1 }
            if wanted.count < batch.count { break }
            if batch.count == room { continue }
            guard next <= last, let missing = try await leaderMessage(stream: stream, from: next, subject: subject),
                missing.sequence <= last
            else { break }
            messages.append(missing)
            bytes += missing.payload.count
            next = missing.sequence + 1
        }
        return messages
    }

    /// One batched direct get (ADR-31): what one replica has, in order.
    private func directBatch(
        stream: String, from sequence: UInt64, subject: String, limit: Int, maximumBytes: Int
    ) async throws(JetStreamError) -> [StoredMessage] {
        try Self.check(name: stream)
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("seq")
        writer.number(Int64(clamping: sequence))
        writer.member("next_by_subj", subject)
        writer.member("batch", limit)
        if maximumBytes < .max { writer.member("max_bytes", maximumBytes) }
        writer.endObject()
        return try await collected(stream: stream, request: writer.bytes)
    }

    /// The newest message of each subject that `filter` covers, at most 1,024 subjects, as one replica has them.
    func lastMessages(stream: String, filter: String) async throws(JetStreamError) -> [StoredMessage] {
        try Self.check(name: stream)
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("multi_last")
        writer.beginArray()
        writer.string(filter)
        writer.endArray()
        writer.endObject()
        return try await collected(stream: stream, request: writer.bytes)
    }

    private func collected(stream: String, request: [UInt8]) async throws(JetStreamError) -> [StoredMessage] {
        let collector = DirectGetCollector()
        do throws(NATSError) {
            try await connection.collect(
                "$JS.API.DIRECT.GET." + stream, payload: request, timeout: requestTimeout
            ) { collector.add($0) }
        } catch {
            throw JetStreamError(error)
        }
        return try collector.result()
    }

    /// Messages in one batched get; the server ends a batch earlier at its own byte limit.
    private static var largestGet: Int { 1000 }
}
