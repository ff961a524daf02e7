// One connection to Redis, and what it may be believed.
import Redis
import Synchronization

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

    /// What came of an invalidation.
    enum Invalidation: Sendable {
        /// This version, which did not exist when it was asked for.
        case made(CacheVersion)
        /// Somebody else's was at it. Its version may be older than the request that waited, and what was queried under
        /// it as well, by way of another connection: the request has to ask anew.
        case byAnother
        case failed
    }

    private struct Trust {
        var tables = CacheTrust()
        /// By table: those who wait for an invalidation under way.
        var waiting: [String: [@Sendable (Invalidation) -> Void]] = [:]
    }

    private let redis: RedisConnection
    private let trust = Mutex(Trust())

    init(_ redis: RedisConnection) {
        self.redis = redis
    }

    /// - Parameter completion: gets `nil` where Redis can't be asked.
    func lookUpVersion(_ key: CacheKey, completion: @escaping @Sendable (Version?) -> Void) {
        redis.read([key.generationName]) { [self] result in
            completion((try? result.get()).map { version(of: key, $0) })
        }
    }

    /// Token and entry of one moment.
    ///
    /// - Parameter completion: gets `nil` where Redis can't be asked.
    func fetch(_ key: CacheKey, completion: @escaping @Sendable ((version: Version, entry: CacheEntry?)?) -> Void) {
        redis.read([key.generationName, key.name]) { [self] result in
            completion(
                (try? result.get()).map { values in
                    (version(of: key, values), values[1].flatMap { CacheEntry(decoding: $0) })
                })
        }
    }

    private func version(of key: CacheKey, _ values: RedisValues) -> Version {
        Version(
            token: values[0].flatMap { CacheToken($0) }, runID: values.runID,
            isTrusted: isTrusted(key.table, on: values.connection))
    }

    /// Makes a token where there is none.
    ///
    /// - Parameter completion: gets the version that is current now, whoever made it; `nil` where there is none.
    func createVersion(_ key: CacheKey, completion: @escaping @Sendable (CacheVersion?) -> Void) {
        let proposal = CacheToken.random()
        redis.execute([["SET", key.generationName, proposal.description, "NX", "GET"]]) { [self] result in
            guard case .success(let replies) = result, isTrusted(key.table, on: replies.connection) else {
                return completion(nil)
            }
            // `null`: there was none, so the proposal is current now.
            let token = replies.first == .null ? proposal : replies.first?.bytes.flatMap { CacheToken($0) }
            // A value that is no token: the next read replaces it.
            if token == nil { distrust(key.table) }
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

    // MARK: Trust

    /// Nothing cached of the table is served until it was invalidated.
    func distrust(_ table: String) {
        trust.withLock { $0.tables.distrust(table) }
    }

    private func isTrusted(_ table: String, on connection: UInt64) -> Bool {
        trust.withLock { $0.tables.isTrusted(table, on: connection) }
    }

    /// Invalidates a table that is not trusted, or waits for somebody else who is at it.
    func invalidate(_ key: CacheKey, completion: @escaping @Sendable (Invalidation) -> Void) {
        let start = trust.withLock { trust -> CacheTrust.Start in
            let start = trust.tables.begin(key.table)
            if start == .underWay { trust.waiting[key.table, default: []].append(completion) }
            return start
        }
        switch start {
        case .trusted: return completion(.byAnother)
        case .underWay: return
        case .begun: break
        }
        let token = CacheToken.random()
        redis.execute([["SET", key.generationName, token.description]]) { [self] result in
            var replies: RedisReplies?
            if case .success(let all) = result, all.firstError == nil { replies = all }
            let waiting = trust.withLock { trust in
                trust.tables.finished(key.table, on: replies?.connection)
                return trust.waiting.removeValue(forKey: key.table) ?? []
            }
            completion(replies.map { .made(CacheVersion(token: token, runID: $0.runID)) } ?? .failed)
            for waiter in waiting { waiter(replies == nil ? .failed : .byAnother) }
        }
    }
}
