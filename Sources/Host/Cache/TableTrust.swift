// Which tables the connections of a process may be believed about.
import Redis
import Synchronization

/// A `CacheTrust` for each connection, and the invalidations that they ask for. One invalidation serves all connections
/// that were open before it began: the server is the same (see `RedisConnections`). Any thread.
final class TableTrust: Sendable {
    /// What came of an invalidation.
    enum Invalidation: Sendable {
        /// This version, which did not exist when it was asked for.
        case made(CacheVersion)
        /// Somebody else's was at it. Its version may be older than the request that waited, and what was queried under
        /// it as well, by way of another connection: the request has to ask anew.
        case byAnother
        case failed
    }

    typealias Completion = @Sendable (Invalidation) -> Void

    private struct Link {
        var tables = CacheTrust()
        /// By table: those who wait for an invalidation under way.
        var waiting: [String: [Completion]] = [:]
    }

    private let redis: RedisConnections
    /// In the order of the connections.
    private let links: Mutex<[Link]>

    init(_ redis: RedisConnections) {
        self.redis = redis
        links = Mutex(redis.map { _ in Link() })
    }

    /// Goes with a question that is asked now; see `CacheTrust`.
    ///
    /// - Parameter position: of the client among the connections.
    func stamp(of table: String, at position: Int) -> CacheTrust.Stamp? {
        links.withLock { $0[position].tables.stamp(of: table) }
    }

    /// - Parameters:
    ///   - connection: the number of the one that a reply came through.
    ///   - position: of the client among the connections.
    ///   - stamp: of the question.
    func isTrusted(
        _ table: String, on connection: UInt64, at position: Int, since stamp: CacheTrust.Stamp?
    ) -> Bool {
        links.withLock { $0[position].tables.isTrusted(table, on: connection, since: stamp) }
    }

    /// Nothing cached of the table is served until it was invalidated.
    func distrust(_ table: String) {
        links.withLock { links in
            for position in links.indices { links[position].tables.distrust(table) }
        }
    }

    /// Invalidates a table that is not trusted, or waits for somebody else who is at it.
    ///
    /// - Parameters:
    ///   - position: of the client that the request came to.
    ///   - completion: called exactly once, before this returns or on the event loop of some connection.
    func invalidate(_ key: CacheKey, at position: Int, completion: @escaping Completion) {
        let (start, others) = links.withLock { links -> (CacheTrust.Start, [Int: UInt64]) in
            let start = links[position].tables.begin(key.table)
            if start == .underWay { links[position].waiting[key.table, default: []].append(completion) }
            return (start, start == .begun ? beginForOthers(key.table, than: position, &links) : [:])
        }
        switch start {
        case .trusted: return completion(.byAnother)
        case .underWay: return
        case .begun: break
        }
        let token = CacheToken.random()
        redis[position].execute([["SET", key.generationName, token.description]]) { [self] result in
            var replies: RedisReplies?
            if case .success(let all) = result, all.firstError == nil { replies = all }
            var connections = others.mapValues { replies == nil ? nil : $0 }
            connections.updateValue(replies?.connection, forKey: position)
            let waiting = links.withLock { links in
                connections.flatMap { position, connection in
                    links[position].tables.finished(key.table, on: connection)
                    return links[position].waiting.removeValue(forKey: key.table) ?? []
                }
            }
            completion(replies.map { .made(CacheVersion(token: token, runID: $0.runID)) } ?? .failed)
            for waiter in waiting { waiter(replies == nil ? .failed : .byAnother) }
        }
    }

    /// - Returns: by position, the connections that are open now, before the invalidation is sent.
    private func beginForOthers(_ table: String, than position: Int, _ links: inout [Link]) -> [Int: UInt64] {
        var connections: [Int: UInt64] = [:]
        for other in links.indices where other != position {
            guard case .connected(_, let connection) = redis[other].state else { continue }
            if links[other].tables.begin(table) == .begun { connections[other] = connection }
        }
        return connections
    }
}
