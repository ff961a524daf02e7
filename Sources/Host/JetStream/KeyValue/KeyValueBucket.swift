// A key-value bucket on JetStream.

/// One bucket. Keys are made of the characters `A-Z a-z 0-9 - _ / = .`, without a dot at either end or two in a row.
package struct KeyValueBucket: Sendable {
    package let name: String
    let jetStream: JetStream
    let stream: String
    let prefix: String

    private init(name: String, jetStream: JetStream) {
        self.name = name
        self.jetStream = jetStream
        stream = "KV_" + name
        prefix = "$KV.\(name)."
    }

    /// Creates the bucket, or updates and uses an existing one.
    ///
    /// - Throws: `cannotServe` as `JetStream.ensureStream`.
    package static func ensure(
        _ configuration: KeyValueConfiguration, jetStream: JetStream, server: JetStreamServer
    ) async throws(JetStreamError) -> KeyValueBucket {
        try JetStream.check(name: configuration.bucket)
        _ = try await jetStream.ensureStream(configuration.stream, server: server)
        return KeyValueBucket(name: configuration.bucket, jetStream: jetStream)
    }

    /// A bucket that another process has made; calls throw `notFound` where none has.
    package init(existing name: String, on jetStream: JetStream) throws(JetStreamError) {
        try JetStream.check(name: name)
        self.init(name: name, jetStream: jetStream)
    }

    /// The entry, or `nil` if the key has none now.
    package func get(_ key: String) async throws(JetStreamError) -> KeyValueEntry? {
        guard let entry = try await newest(key), entry.operation == .put else { return nil }
        return entry
    }

    /// The same as the stream's leader has it: one that was set a moment ago is in it.
    package func getFromLeader(_ key: String) async throws(JetStreamError) -> KeyValueEntry? {
        try Self.check(key: key)
        let message = try await jetStream.lastLeaderMessage(stream: stream, subject: prefix + key)
        guard let entry = message.flatMap({ KeyValueEntry($0, prefix: prefix) }), entry.operation == .put else {
            return nil
        }
        return entry
    }

    /// Sets a key, whatever it had.
    ///
    /// - Parameter timeToLive: after this the entry ends; whole seconds, at least 1 (a fraction is rounded up). The
    ///   bucket needs `markerTimeToLive`.
    /// - Returns: the revision.
    @discardableResult
    package func put(
        _ key: String, _ value: [UInt8], timeToLive: Duration? = nil
    ) async throws(JetStreamError) -> UInt64 {
        try await store(key, value, timeToLive: timeToLive, expecting: nil)
    }

    /// Sets a key that has no entry.
    ///
    /// - Returns: the revision, or `nil` if the key has an entry.
    package func create(_ key: String, _ value: [UInt8]) async throws(JetStreamError) -> UInt64? {
        var expected: UInt64 = 0
        while true {
            if let revision = try await storeIfCurrent(key, value, expecting: expected) {
                return revision
            }
            // A key that was deleted has its marker as the last revision.
            guard let newest = try await newest(key), newest.operation != .put, newest.revision != expected else {
                return nil
            }
            expected = newest.revision
        }
    }

    /// Sets a key whose last revision is `revision`.
    ///
    /// - Returns: the new revision, or `nil` if somebody else changed the key.
    package func update(
        _ key: String, _ value: [UInt8], revision: UInt64
    ) async throws(JetStreamError) -> UInt64? {
        try await storeIfCurrent(key, value, expecting: revision)
    }

    /// Deletes a key's entry, whatever it had.
    package func delete(_ key: String) async throws(JetStreamError) {
        try await store(key, [], timeToLive: nil, expecting: nil, operation: "DEL")
    }

    /// All entries, at most 1,024 keys, in no order.
    package func entries() async throws(JetStreamError) -> [KeyValueEntry] {
        try await jetStream.lastMessages(stream: stream, filter: prefix + ">")
            .compactMap { KeyValueEntry($0, prefix: prefix) }
            .filter { $0.operation == .put }
    }

    /// Follows the bucket: first what each key has now, then each change.
    package func watch() async throws(JetStreamError) -> KeyValueWatch {
        try await KeyValueWatch(bucket: self)
    }
}

extension KeyValueBucket {
    private func newest(_ key: String) async throws(JetStreamError) -> KeyValueEntry? {
        try Self.check(key: key)
        return try await jetStream.lastMessage(stream: stream, subject: prefix + key)
            .flatMap { KeyValueEntry($0, prefix: prefix) }
    }

    private func storeIfCurrent(
        _ key: String, _ value: [UInt8], expecting revision: UInt64
    ) async throws(JetStreamError) -> UInt64? {
        do throws(JetStreamError) {
            return try await store(key, value, timeToLive: nil, expecting: revision)
        } catch {
            guard error.kind == .wrongLastSequence else { throw error }
            return nil
        }
    }

    @discardableResult
    private func store(
        _ key: String, _ value: [UInt8], timeToLive: Duration?, expecting revision: UInt64?, operation: String? = nil
    ) async throws(JetStreamError) -> UInt64 {
        try Self.check(key: key)
        var headers = NATSHeaders()
        if let revision { headers.append("Nats-Expected-Last-Subject-Sequence", String(revision)) }
        if let timeToLive {
            let seconds = (timeToLive.nanoseconds + 999_999_999) / 1_000_000_000
            headers.append("Nats-TTL", "\(max(1, seconds))s")
        }
        if let operation { headers.append("KV-Operation", operation) }
        return try await jetStream.publish(prefix + key, headers: headers, payload: value).sequence
    }

    private static func check(key: String) throws(JetStreamError) {
        let isKey =
            !key.isEmpty && !key.hasPrefix(".") && !key.hasSuffix(".") && !key.contains("..")
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "-_/=.".utf8.contains(byte)
                }
            }
        guard isKey else { throw JetStreamError(.refused, "\"\(key)\" can't be a key") }
    }
}
