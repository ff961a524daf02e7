// Bodies and statuses for those who take what is cached and wait for nothing else.
import Logging
import Operations
import Redis
import Synchronization
import Testing

@testable import Cache

@Suite("Reads of what is cached", .timeLimit(.minutes(3)))
struct CachedReadTests {
    private let server: RedisServerProcess
    private let redis: RedisConnection
    private let database = TableCacheTests.Database()
    private let key = CacheKey(table: "items", query: "all")

    init() async throws {
        server = try await RedisServerProcess()
        redis = try await .connect(RedisConfiguration(url: server.url), logger: TableCacheTests.logger)
    }

    private func cache(local: Int) -> TableCache {
        var configuration = TableCacheConfiguration()
        configuration.localBytes = local
        return TableCache(redis: RedisConnections([redis]), configuration: configuration)
    }

    private func cached(_ cache: TableCache, _ key: CacheKey) async -> CacheAnswer? {
        await withCheckedContinuation { continuation in
            cache.cached(key) { continuation.resume(returning: $0) }
        }
    }

    /// Fills the cache, and waits until Redis has the entry.
    private func fill(_ cache: TableCache) async throws {
        _ = try await cache.read(key) { database.query() }
        let deadline = ContinuousClock.now + .seconds(10)
        while try await redis.execute([["EXISTS", key.name]])[0] != .integer(1) {
            try #require(ContinuousClock.now < deadline, "the entry was not stored")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func invalidate() async {
        #expect(
            await CacheInvalidator(redis: RedisConnections([redis]), logger: TableCacheTests.logger).invalidate(
                tables: ["items"]))
    }

    @Test(arguments: [0, 1 << 20])
    func `where nothing is cached there is no answer, nothing is queried and nothing is stored`(local: Int) async throws
    {
        let cache = cache(local: local)
        // The second time the table is trusted and has a token.
        for _ in 0..<2 { #expect(await cached(cache, key) == nil) }
        #expect(database.queries == 0)
        #expect(try await redis.execute([["EXISTS", key.name]])[0] == .integer(0))
        #expect(cache.localSize == 0)
    }

    @Test(arguments: [0, 1 << 20])
    func `what a read stored is a hit, for its key alone`(local: Int) async throws {
        let cache = cache(local: local)
        database.write(7)
        try await fill(cache)
        // Served from memory where there is any: what Redis has is another body now.
        let answer = await cached(cache, key)
        #expect(answer?.source == .hit)
        #expect(answer?.body == CachedBody(bytes: Array("7".utf8), etag: "\"7\""))
        #expect(await cached(cache, CacheKey(table: "items", query: "other")) == nil)
        #expect(await cached(cache, CacheKey(table: "parts", query: "all")) == nil)
        #expect(database.queries == 1)
    }

    @Test func `a copy in memory is served where Redis has lost the entry, and not where it is switched off`()
        async throws
    {
        for local in [0, 1 << 20] {
            let cache = cache(local: local)
            try await fill(cache)
            _ = try await redis.execute([["DEL", key.name]])
            let answer = await cached(cache, key)
            #expect((answer != nil) == (local > 0))
            _ = try await redis.execute([["DEL", key.name]])
        }
    }

    @Test func `a hit from Redis is kept in memory`() async throws {
        try await fill(cache(local: 0))
        let cache = cache(local: 1 << 20)
        // A cache of its own trusts nothing at first: its first read makes the entry count no more.
        #expect(await cached(cache, key) == nil)
        try await fill(cache)
        let size = cache.localSize
        #expect(size > 0)
        #expect(await cached(cache, key)?.source == .hit)
        #expect(cache.localSize == size)
    }

    @Test(arguments: [0, 1 << 20])
    func `after an invalidation there is no answer until somebody read`(local: Int) async throws {
        let cache = cache(local: local)
        try await fill(cache)
        #expect(await cached(cache, key) != nil)
        database.write(1)
        await invalidate()
        for _ in 0..<2 { #expect(await cached(cache, key) == nil) }
        _ = try await redis.execute([["DEL", key.name]])
        try await fill(cache)
        #expect(await cached(cache, key)?.body.bytes == Array("1".utf8))
        #expect(database.queries == 2)
    }

    @Test(arguments: [0, 1 << 20])
    func `a table that is distrusted has no answer, and has one again once it was read`(local: Int) async throws {
        let cache = cache(local: local)
        try await fill(cache)
        cache.distrust(["items"])
        #expect(await cached(cache, key) == nil)
        _ = try await redis.execute([["DEL", key.name]])
        try await fill(cache)
        #expect(await cached(cache, key)?.source == .hit)
    }

    @Test(arguments: [0, 1 << 20])
    func `without Redis there is no answer, not even from memory`(local: Int) async throws {
        let cache = cache(local: local)
        try await fill(cache)
        await server.kill()
        for await state in redis.states() {
            if case .away = state { break }
        }
        #expect(await cached(cache, key) == nil)
        #expect(database.queries == 1)
    }

    @Test func `an absent row is cached as one`() async throws {
        let cache = cache(local: 0)
        _ = try await cache.read(CacheKey(table: "items", query: "other")) { database.query() }
        _ = try await cache.read(key) { CachedBody(bytes: [], etag: "", isAbsent: true) }
        let deadline = ContinuousClock.now + .seconds(10)
        var answer = await cached(cache, key)
        while answer == nil, ContinuousClock.now < deadline { answer = await cached(cache, key) }
        #expect(answer?.body.isAbsent == true)
    }

    @Test func `500 that ask at once are each answered once`() async throws {
        let cache = cache(local: 1 << 20)
        try await fill(cache)
        let hits = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<500 { group.addTask { await cached(cache, key)?.source == .hit } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(hits == 500)
        #expect(database.queries == 1)
    }

    // MARK: Statuses

    @Test func `a stored status is found by its id, and nothing else`() async throws {
        let statuses = StatusCache(redis: RedisConnections([redis]))
        let fingerprint = Fingerprint(method: "POST", path: "/items", body: [])
        let status = OperationStatus(
            operationID: .random(), state: .completed, table: "items", attempts: 1, fingerprint: fingerprint)
        var command = RedisCommand("SET", CacheName.status(status.operationID))
        command.append(status.encoded())
        _ = try await redis.execute([command])
        let found = try #require(await stored(statuses, status.operationID))
        #expect(found.responseBody(seenByRequest: nil) == status.responseBody)
        #expect(found.responseBody(seenByRequest: fingerprint.short) == status.responseBody)
        #expect(found.responseBody(seenByRequest: "0000000000000000") == nil)
        #expect(await stored(statuses, .random()) == nil)
        await server.kill()
        #expect(await stored(statuses, status.operationID) == nil)
    }

    private func stored(_ statuses: StatusCache, _ operationID: OperationID) async -> StoredStatus? {
        await withCheckedContinuation { continuation in
            statuses.stored(operationID) { continuation.resume(returning: $0) }
        }
    }
}
