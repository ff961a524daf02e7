// What is asked through one connection to Redis.
import Redis

/// What `TableCache` asks of Redis through one connection. Answers come on the connection's event loop, where they are
/// asked for without a hand-over. May be called from any thread.
final class CacheLink: Sendable {
    /// What is current, as far as it can be trusted.
    struct Version: Sendable {
        /// `nil` where the namespace has no token.
        let token: CacheToken?
        let runID: String
        /// Whether something cached may be served on the strength of this.
        let isTrusted: Bool
    }

    private let redis: RedisConnection
    private let position: Int
    private let trust: TableTrust

    /// - Parameter position: of the client that this is for.
    init(_ redis: RedisConnections, at position: Int, trust: TableTrust) {
        self.redis = redis[position]
        self.position = position
        self.trust = trust
    }

    /// - Parameter completion: gets `nil` where Redis can't be asked.
    func lookUpVersion(_ key: CacheKey, completion: @escaping @Sendable (Version?) -> Void) {
        let stamp = stamp(of: key)
        redis.read([key.generationName]) { [self] result in
            completion((try? result.get()).map { version(of: key, $0, since: stamp) })
        }
    }

    /// Token and entry of one moment.
    ///
    /// - Parameter completion: gets `nil` where Redis can't be asked.
    func fetch(_ key: CacheKey, completion: @escaping @Sendable ((version: Version, entry: CacheEntry?)?) -> Void) {
        let stamp = stamp(of: key)
        redis.read([key.generationName, key.name]) { [self] result in
            completion(
                (try? result.get()).map { values in
                    (version(of: key, values, since: stamp), values[1].flatMap { CacheEntry(decoding: $0) })
                })
        }
    }

    private func version(of key: CacheKey, _ values: RedisValues, since stamp: CacheTrust.Stamp?) -> Version {
        Version(
            token: values[0].flatMap { CacheToken($0) }, runID: values.runID,
            isTrusted: isTrusted(key, on: values.connection, since: stamp))
    }

    /// Makes a token where there is none.
    ///
    /// - Parameter completion: gets the version that is current now, whoever made it; `nil` where there is none.
    func createVersion(_ key: CacheKey, completion: @escaping @Sendable (CacheVersion?) -> Void) {
        let proposal = CacheToken.random()
        let stamp = stamp(of: key)
        redis.execute([["SET", key.generationName, proposal.description, "NX", "GET"]]) { [self] result in
            guard case .success(let replies) = result, isTrusted(key, on: replies.connection, since: stamp) else {
                return completion(nil)
            }
            // `null`: there was none, so the proposal is current now.
            let token = replies.first == .null ? proposal : replies.first?.bytes.flatMap { CacheToken($0) }
            // A value that is no token: the next read replaces it.
            if token == nil { trust.distrust(key.table) }
            completion(token.map { CacheVersion(token: $0, runID: replies.runID) })
        }
    }

    func store(
        _ entry: CacheEntry, under name: String, for timeToLive: Duration, completion: @escaping @Sendable () -> Void
    ) {
        var command = RedisCommand("SET", name)
        command.append(entry.encoded())
        command.append("PX")
        command.append(String(max(1, Int64(timeToLive / .milliseconds(1)))))
        redis.execute([command]) { _ in completion() }
    }

    /// Invalidates a table that is not trusted; see `TableTrust`.
    func invalidate(_ key: CacheKey, completion: @escaping TableTrust.Completion) {
        trust.invalidate(key, at: position, completion: completion)
    }

    private func stamp(of key: CacheKey) -> CacheTrust.Stamp? { trust.stamp(of: key.table, at: position) }

    private func isTrusted(_ key: CacheKey, on connection: UInt64, since stamp: CacheTrust.Stamp?) -> Bool {
        trust.isTrusted(key.table, on: connection, at: position, since: stamp)
    }
}
