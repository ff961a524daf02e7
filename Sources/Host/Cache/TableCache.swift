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

    /// Handed from callback to callback.
    private final class Request: Sendable {
        /// Its name is also that of the copy in memory and of the query that is shared.
        let key: CacheKey
        /// All of a request goes over one connection.
        let link: CacheLink
        let answer: @Sendable (CacheAnswer) -> Void
        /// Nothing that is cached may be served. Gets the version under which the result of a query may be stored.
        let missed: @Sendable (CacheVersion?) -> Void

        init(
            _ key: CacheKey, over link: CacheLink, answer: @escaping @Sendable (CacheAnswer) -> Void,
            missed: @escaping @Sendable (CacheVersion?) -> Void
        ) {
            self.key = key
            self.link = link
            self.answer = answer
            self.missed = missed
        }
    }

    private let redis: RedisConnections
    private let links: [CacheLink]
    private let trust: TableTrust
    private let configuration: TableCacheConfiguration
    private let now: @Sendable () -> Timestamp
    private let local: Mutex<LocalCache>
    private let flights = Mutex(QueryFlights<Waiter>())

    /// - Parameter now: the clock, by which copies in memory expire.
    package init(
        redis: RedisConnections, configuration: TableCacheConfiguration = TableCacheConfiguration(),
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.redis = redis
        self.configuration = configuration
        self.now = now
        local = Mutex(LocalCache(capacity: configuration.localBytes))
        let trust = TableTrust(redis)
        self.trust = trust
        links = redis.indices.map { CacheLink(redis, at: $0, trust: trust) }
    }

    /// The body of the key, queried where nothing cached may be served.
    ///
    /// - Parameter query: asks the database. Requests that miss together share one call, and its error.
    /// - Throws: what `query` throws.
    package func read(_ key: CacheKey, query: @Sendable () async throws -> CachedBody) async throws -> CacheAnswer {
        let turn = await withCheckedContinuation { continuation in
            begin(
                Request(key, over: nearestLink) { answer in
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
    /// - Parameter completion: gets `nil` otherwise. Called exactly once, before this returns or on the event loop of
    ///   one of the connections, nearly always the caller's. It must not block.
    package func cached(_ key: CacheKey, completion: @escaping @Sendable (CacheAnswer?) -> Void) {
        begin(Request(key, over: nearestLink, answer: completion) { _ in completion(nil) })
    }

    /// Invalidations of these tables failed: nothing cached of them is served until one succeeded.
    package func distrust(_ tables: Set<String>) {
        for table in tables { trust.distrust(table) }
    }

    /// Bytes of memory in use for copies in this process.
    package var localSize: Int { local.withLock { $0.size } }

    // MARK: The read

    private var nearestLink: CacheLink { links[redis.nearest] }

    private func begin(_ request: Request) {
        let copy =
            configuration.localBytes > 0
            ? local.withLock { [now] local in local.entry(request.key.name, now: now()) } : nil
        step(CacheRead(), .began(local: copy), request)
    }

    private func step(_ read: CacheRead, _ event: CacheRead.Event, _ request: Request) {
        var read = read
        switch read.handle(event) {
        case .lookUpVersion:
            request.link.lookUpVersion(request.key) { [self, read] version in
                guard let version else { return step(read, .unavailable, request) }
                // What can't be trusted yet is as good as another version.
                let token = version.isTrusted ? version.token : nil
                step(read, .version(token.map { CacheVersion(token: $0, runID: version.runID) }), request)
            }
        case .fetch: fetch(read, request)
        case .createVersion:
            request.link.createVersion(request.key) { [self, read] version in
                step(read, version.map { .created($0) } ?? .unavailable, request)
            }
        case .answerLocal(let entry):
            request.answer(CacheAnswer(body: entry.body, source: .hit))
        case .answer(let entry):
            keep(entry, request.key.name)
            request.answer(CacheAnswer(body: entry.body, source: .hit))
        case .query(let version): request.missed(version)
        case .queryUncached: request.missed(nil)
        }
    }

    private func fetch(_ read: CacheRead, _ request: Request) {
        request.link.fetch(request.key) { [self] fetched in
            guard let (version, entry) = fetched else { return step(read, .unavailable, request) }
            guard version.isTrusted else { return invalidateFirst(read, request) }
            step(read, .fetched(token: version.token, entry: entry, runID: version.runID), request)
        }
    }

    private func invalidateFirst(_ read: CacheRead, _ request: Request) {
        request.link.invalidate(request.key) { [self] invalidation in
            switch invalidation {
            case .made(let version): step(read, .created(version), request)
            case .byAnother: fetch(read, request)
            case .failed: step(read, .unavailable, request)
            }
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
        // Whether it was stored or not: from here on, newcomers find the entry or ask anew.
        nearestLink.store(entry, under: id.key, for: configuration.timeToLive) { [self] in
            flights.withLock { $0.forget(id) }
        }
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
