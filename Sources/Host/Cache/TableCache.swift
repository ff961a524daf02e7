// Reads of tables through Redis and this process' memory: the I/O around `CacheRead`.
package import Operations
package import Redis
internal import Synchronization

/// Serves bodies by (table, key) and has them queried where nothing cached may be served. Never stale for a client that
/// saw its write end; see `CacheRead`. May be called from any thread.
package final class TableCache: Sendable {
    /// What the one who asked has to do now.
    private enum Turn: Sendable {
        case answer(CacheAnswer)
        /// Run the query for everybody who waits.
        case lead(QueryFlights<Waiter>.ID)
        case fail(any Error)
    }

    private typealias Waiter = @Sendable (Turn) -> Void
    private typealias VersionAnswer = (version: CacheVersion?, connection: UInt64)?

    private struct Trust {
        var tables = CacheTrust()
        /// By table: those who wait for an invalidation under way; they get the version that it made, `nil` where it
        /// failed.
        var waiting: [String: [@Sendable (CacheVersion?) -> Void]] = [:]
    }

    private struct Request: Sendable {
        /// Its name is also that of the copy in memory and of the query that is shared.
        let key: CacheKey
        let answer: @Sendable (CacheAnswer) -> Void
        /// Nothing that is cached may be served. Gets the version under which the result of a query may be stored.
        let missed: @Sendable (CacheVersion?) -> Void

        var table: String { key.table }
        var name: String { key.name }
    }

    private let redis: any RedisExecuting
    private let configuration: TableCacheConfiguration
    private let now: @Sendable () -> Timestamp
    private let local: Mutex<LocalCache>
    private let trust = Mutex(Trust())
    private let flights = Mutex(QueryFlights<Waiter>())
    private let versions: SharedLookup<String, VersionAnswer>

    /// - Parameter now: the clock, by which copies in memory expire.
    package init(
        redis: any RedisExecuting, configuration: TableCacheConfiguration = TableCacheConfiguration(),
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.redis = redis
        self.configuration = configuration
        self.now = now
        local = Mutex(LocalCache(capacity: configuration.localBytes))
        versions = SharedLookup { tables, answer in
            let command = RedisCommand(words: ["MGET"] + tables.map(CacheName.generation))
            redis.execute([command]) { result in
                guard case .success(let replies) = result, let values = replies.first?.elements,
                    values.count == tables.count
                else { return answer(tables.map { _ in nil }) }
                answer(
                    values.map { value in
                        let token = value.bytes.flatMap { CacheToken($0) }
                        return (token.map { CacheVersion(token: $0, runID: replies.runID) }, replies.connection)
                    })
            }
        }
    }

    /// The body of the key, queried where nothing cached may be served.
    ///
    /// - Parameter query: asks the database. Requests that miss together share one call, and its error.
    /// - Throws: what `query` throws.
    package func read(_ key: CacheKey, query: @Sendable () async throws -> CachedBody) async throws -> CacheAnswer {
        let turn = await withCheckedContinuation { continuation in
            begin(
                Request(key: key) { answer in
                    continuation.resume(returning: .answer(answer))
                } missed: { [self] version in
                    join(.init(key: key.name, version: version)) { continuation.resume(returning: $0) }
                })
        }
        switch turn {
        case .answer(let answer): return answer
        case .fail(let error): throw error
        case .lead(let flight): return try await lead(flight, query: query)
        }
    }

    /// The body of the key, where one is cached and may be served. The database is not asked.
    ///
    /// - Parameter completion: gets `nil` otherwise. Called exactly once, on the Redis client's thread or before this
    ///   returns; must not block.
    package func cached(_ key: CacheKey, completion: @escaping @Sendable (CacheAnswer?) -> Void) {
        begin(Request(key: key, answer: completion) { _ in completion(nil) })
    }

    /// Invalidations of these tables failed: nothing cached of them is served until one succeeded.
    package func distrust(_ tables: Set<String>) {
        trust.withLock { trust in
            for table in tables { trust.tables.distrust(table) }
        }
    }

    /// Bytes of memory in use for copies in this process.
    package var localSize: Int { local.withLock { $0.size } }

    // MARK: The read

    private func begin(_ request: Request) {
        let copy =
            configuration.localBytes > 0
            ? local.withLock { [now] local in local.entry(request.name, now: now()) } : nil
        step(CacheRead(), .began(local: copy), request)
    }

    private func step(_ read: CacheRead, _ event: CacheRead.Event, _ request: Request) {
        var read = read
        switch read.handle(event) {
        case .lookUpVersion:
            versions.lookUp(request.table) { [self, read] answer in
                guard let answer else { return step(read, .unavailable, request) }
                // What can't be trusted yet is as good as another version.
                let version = isTrusted(request.table, on: answer.connection) ? answer.version : nil
                step(read, .version(version), request)
            }
        case .fetch: fetch(read, request)
        case .createVersion: createVersion(read, request)
        case .answerLocal(let entry):
            request.answer(CacheAnswer(body: entry.body, source: .hit))
        case .answer(let entry):
            keep(entry, request.name)
            request.answer(CacheAnswer(body: entry.body, source: .hit))
        case .query(let version): request.missed(version)
        case .queryUncached: request.missed(nil)
        }
    }

    private func fetch(_ read: CacheRead, _ request: Request) {
        redis.execute([["MGET", CacheName.generation(table: request.table), request.name]]) { [self] result in
            guard case .success(let replies) = result, let values = replies.first?.elements, values.count == 2 else {
                return step(read, .unavailable, request)
            }
            guard isTrusted(request.table, on: replies.connection) else {
                return invalidateFirst(read, request)
            }
            step(
                read,
                .fetched(
                    token: values[0].bytes.flatMap { CacheToken($0) },
                    entry: values[1].bytes.flatMap { CacheEntry(decoding: $0) }, runID: replies.runID),
                request)
        }
    }

    private func createVersion(_ read: CacheRead, _ request: Request) {
        let proposal = CacheToken.random()
        let name = CacheName.generation(table: request.table)
        redis.execute([["SET", name, proposal.description, "NX", "GET"]]) { [self] result in
            guard case .success(let replies) = result, isTrusted(request.table, on: replies.connection) else {
                return step(read, .unavailable, request)
            }
            // `null`: there was none, so the proposal is current now.
            let token = replies.first == .null ? proposal : replies.first?.bytes.flatMap { CacheToken($0) }
            guard let token else {
                // The value is no token; the next read replaces it.
                distrust([request.table])
                return step(read, .unavailable, request)
            }
            step(read, .created(CacheVersion(token: token, runID: replies.runID)), request)
        }
    }

    // MARK: Trust

    private func isTrusted(_ table: String, on connection: UInt64) -> Bool {
        trust.withLock { $0.tables.isTrusted(table, on: connection) }
    }

    /// One request invalidates; those that come meanwhile wait for it, so that all of them share a query.
    private func invalidateFirst(_ read: CacheRead, _ request: Request) {
        let goOn: @Sendable (CacheVersion?) -> Void = { [self] version in
            step(read, version.map { .created($0) } ?? .unavailable, request)
        }
        let start = trust.withLock { trust -> CacheTrust.Start in
            let start = trust.tables.begin(request.table)
            if start != .trusted { trust.waiting[request.table, default: []].append(goOn) }
            return start
        }
        switch start {
        // It was invalidated since this request asked.
        case .trusted: return fetch(read, request)
        case .underWay: return
        case .begun: break
        }
        let token = CacheToken.random()
        redis.execute([["SET", CacheName.generation(table: request.table), token.description]]) { [self] result in
            var replies: RedisReplies?
            if case .success(let all) = result, all.firstError == nil { replies = all }
            let waiting = trust.withLock { trust in
                trust.tables.finished(request.table, on: replies?.connection)
                return trust.waiting.removeValue(forKey: request.table) ?? []
            }
            let version = replies.map { CacheVersion(token: token, runID: $0.runID) }
            for waiter in waiting { waiter(version) }
        }
    }

    // MARK: Queries

    private func join(_ id: QueryFlights<Waiter>.ID, _ completion: @escaping Waiter) {
        switch flights.withLock({ $0.join(id, completion) }) {
        case .lead: completion(.lead(id))
        case .wait: return
        case .done(let body): completion(.answer(CacheAnswer(body: body, source: .miss)))
        }
    }

    private func lead(
        _ id: QueryFlights<Waiter>.ID, query: @Sendable () async throws -> CachedBody
    ) async throws -> CacheAnswer {
        do {
            let body = try await query()
            let answer = CacheAnswer(body: body, source: id.version == nil ? .bypass : .miss)
            let (answered, leader) = flights.withLock { $0.finish(id, body: body) }
            store(body, id)
            for waiter in answered { waiter(.answer(answer)) }
            leader?(.lead(id))
            return answer
        } catch {
            if Task.isCancelled {
                // This client is gone, the others are not.
                flights.withLock { $0.abandon(id) }?(.lead(id))
            } else {
                let (answered, leader) = flights.withLock { $0.finish(id, body: nil) }
                for waiter in answered { waiter(.fail(error)) }
                leader?(.lead(id))
            }
            throw error
        }
    }

    private func store(_ body: CachedBody, _ id: QueryFlights<Waiter>.ID) {
        guard let version = id.version else { return }
        let entry = CacheEntry(version: version, body: body, expiry: latestExpiry)
        guard body.bytes.count <= configuration.maximumEntryBytes else {
            return flights.withLock { $0.forget(id) }
        }
        keep(entry, id.key)
        var command = RedisCommand("SET", id.key)
        command.append(entry.encoded())
        command.append("PX")
        command.append(String(max(1, Int64(configuration.timeToLive / .milliseconds(1)))))
        // Whether it was stored or not: from here on, newcomers find the entry or ask anew.
        redis.execute([command]) { [self] _ in flights.withLock { $0.forget(id) } }
    }

    private func keep(_ entry: CacheEntry, _ name: String) {
        guard configuration.localBytes > 0 else { return }
        // Another host's clock may be ahead of this one's.
        let expiry = min(entry.expiry, latestExpiry)
        local.withLock { $0.put(name, entry, expiry: expiry) }
    }

    private var latestExpiry: Timestamp {
        Timestamp(microseconds: now().microseconds + Int64(configuration.timeToLive / .microseconds(1)))
    }
}
