import Foundation
import Logging
import Operations
import Redis
import Synchronization
import Testing

@testable import Cache

@Suite("Reads through Redis", .timeLimit(.minutes(3)))
struct TableCacheTests {
    let server: RedisServerProcess
    let redis: RedisConnection
    let invalidator: CacheInvalidator
    let database = Database()
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Stands in for PostgreSQL: one value, and how often it was asked.
    final class Database: Sendable {
        private let state = Mutex((value: 0, queries: 0))

        var queries: Int { state.withLock { $0.queries } }
        var value: Int { state.withLock { $0.value } }

        func write(_ value: Int) { state.withLock { $0.value = value } }

        func query() -> CachedBody {
            state.withLock { state in
                state.queries += 1
                return CachedBody(bytes: Array("\(state.value)".utf8), etag: "\"\(state.value)\"")
            }
        }
    }

    init() async throws {
        server = try await RedisServerProcess()
        redis = try await Self.connect(server)
        invalidator = CacheInvalidator(redis: RedisConnections([redis]), logger: Self.logger)
    }

    private static func connect(_ server: RedisServerProcess) async throws -> RedisConnection {
        try await .connect(RedisConfiguration(url: server.url), logger: logger)
    }

    private func cache(local: Int = 0, redis: RedisConnection? = nil) -> TableCache {
        var configuration = TableCacheConfiguration()
        configuration.localBytes = local
        return TableCache(redis: RedisConnections([redis ?? self.redis]), configuration: configuration)
    }

    private func read(_ cache: TableCache, key: String = "all") async throws -> (Int?, CacheAnswer.Source) {
        let answer = try await cache.read(CacheKey(table: "items", query: key)) { database.query() }
        return (Int(String(decoding: answer.body.bytes, as: UTF8.self)), answer.source)
    }

    @Test(arguments: [0, 1 << 20])
    func `a miss, then hits, then a miss after an invalidation`(local: Int) async throws {
        let cache = cache(local: local)
        #expect(try await read(cache) == (0, .miss))
        #expect(try await read(cache) == (0, .hit))
        database.write(1)
        #expect(try await read(cache) == (0, .hit), "nobody was told that the write has ended")
        #expect(await invalidator.invalidate(tables: ["items"]))
        #expect(try await read(cache) == (1, .miss))
        #expect(try await read(cache) == (1, .hit))
        #expect(database.queries == 2)
    }

    /// Reads until it is a hit: entries are stored behind the answer's back, and the machine may be busy.
    private func hit(_ cache: TableCache) async throws -> Int? {
        for _ in 0..<100 {
            let (row, source) = try await read(cache)
            if source == .hit { return row }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("it never was a hit")
        return nil
    }

    @Test(arguments: [0, 1 << 20])
    func `what one replica stored another serves, and an invalidation by a third reaches both`(local: Int) async throws
    {
        let other = try await Self.connect(server)
        let (first, second) = (cache(local: local), cache(local: local, redis: other))
        // The first read of each makes its connection trusted.
        _ = try await read(first)
        _ = try await read(second)
        #expect(try await hit(first) == 0)
        #expect(try await hit(second) == 0)
        database.write(1)
        #expect(await invalidator.invalidate(tables: ["items", "parts"]))
        #expect(try await read(second) == (1, .miss))
        #expect(try await hit(first) == 1)
        await other.close()
    }

    @Test func `a slow reader can't put an old row back after an invalidation`() async throws {
        let cache = cache()
        _ = try await read(cache, key: "other")
        let slow = try await cache.read(CacheKey(table: "items", query: "all")) {
            let old = database.query()
            database.write(1)
            #expect(await invalidator.invalidate(tables: ["items"]))
            return old
        }
        #expect(slow.body.bytes == Array("0".utf8))
        #expect(try await read(cache) == (1, .miss))
    }

    @Test(arguments: [0, 1 << 20])
    func `500 that ask for the same cold list make one query`(local: Int) async throws {
        let cache = cache(local: local)
        _ = try await read(cache, key: "other")
        let before = database.queries
        let values = try await withThrowingTaskGroup(of: Int?.self) { group in
            for _ in 0..<500 { group.addTask { try await read(cache).0 } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values.count == 500)
        #expect(database.queries == before + 1)
    }

    @Test(arguments: [0, 1 << 20])
    func `a token that was evicted makes entries miss, also the ones in memory`(local: Int) async throws {
        let cache = cache(local: local)
        _ = try await read(cache)
        #expect(try await read(cache) == (0, .hit))
        database.write(1)
        _ = try await redis.execute([["DEL", CacheName.generation(table: "items")]])
        #expect(try await read(cache) == (1, .miss))
        #expect(try await read(cache) == (1, .hit))
    }

    @Test(arguments: ["junk", nil] as [String?])
    func `a token that is none heals`(junk: String?) async throws {
        let cache = cache()
        _ = try await read(cache)
        let name = CacheName.generation(table: "items")
        let spoil: RedisCommand = junk.map { ["SET", name, $0] } ?? ["LPUSH", name, "x"]
        _ = try await redis.execute([["DEL", name], spoil])
        #expect(try await read(cache).1 == .bypass)
        #expect(try await read(cache).1 == .miss)
        #expect(try await read(cache).1 == .hit)
    }

    @Test(arguments: [0, 1 << 20])
    func `a Redis that comes back from an old copy serves nothing old`(local: Int) async throws {
        let cache = cache(local: local)
        _ = try await read(cache)
        #expect(try await read(cache) == (0, .hit))
        _ = try await redis.execute([["SAVE"]])
        database.write(1)
        #expect(await invalidator.invalidate(tables: ["items"]))
        await server.kill()
        #expect(try await read(cache) == (1, .bypass))
        try await server.start()
        try await redis.ready(within: .seconds(60))
        // The copy has the token from before the write, and the entry that goes with it.
        let saved = try await redis.execute([["GET", CacheName.generation(table: "items")]])[0]
        #expect(saved.bytes != nil)
        #expect(try await read(cache) == (1, .miss))
        #expect(try await read(cache) == (1, .hit))
    }

    @Test func `writes that ended while Redis was out of this host's reach are seen when it is back`() async throws {
        // The server goes on running, with its entries and tokens: only this host could not reach it.
        let cache = cache(local: 1 << 20)
        _ = try await read(cache)
        let other = try await Self.connect(server)
        // From now on, so that the loss is not missed where it is over soon.
        let states = redis.states()
        _ = try await other.execute([["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]])
        database.write(1)
        for await state in states {
            if case .away = state { break }
        }
        try await redis.ready(within: .seconds(60))
        #expect(try await read(cache) == (1, .miss))
        await other.close()
    }

    @Test func `without Redis identical reads share queries and none is older than its request`() async throws {
        let cache = cache(local: 1 << 20)
        _ = try await read(cache)
        await server.kill()
        for await state in redis.states() {
            if case .away = state { break }
        }
        let before = database.queries
        let version = SharedNumber()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...200 {
                database.write(number)
                version.value = number
                group.addTask {
                    let needed = version.value
                    let answer = try await cache.read(CacheKey(table: "items", query: "all")) {
                        let body = database.query()
                        try await Task.sleep(for: .milliseconds(5))
                        return body
                    }
                    #expect(answer.source == .bypass)
                    #expect(Int(String(decoding: answer.body.bytes, as: UTF8.self)) ?? 0 >= needed)
                }
            }
            try await group.waitForAll()
        }
        #expect(database.queries - before < 100)
    }

    @Test func `an error of the query reaches everybody who waits, and is not kept`() async throws {
        struct Away: Error {}
        let cache = cache()
        _ = try await read(cache, key: "other")
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        _ = try await cache.read(CacheKey(table: "items", query: "all")) {
                            try await Task.sleep(for: .milliseconds(20))
                            throw Away()
                        }
                        return false
                    } catch { return error is Away }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 20)
        #expect(try await read(cache) == (0, .miss))
    }

    @Test func `a client that goes away does not take the others' query with it`() async throws {
        let cache = cache()
        _ = try await read(cache, key: "other")
        let started = Atomic(false)
        let first = Task {
            try await cache.read(CacheKey(table: "items", query: "all")) {
                started.store(true, ordering: .sequentiallyConsistent)
                try await Task.sleep(for: .seconds(60))
                return database.query()
            }
        }
        while !started.load(ordering: .sequentiallyConsistent) { try await Task.sleep(for: .milliseconds(1)) }
        async let second = read(cache)
        try await Task.sleep(for: .milliseconds(30))
        first.cancel()
        #expect(try await second == (0, .miss))
        await #expect(throws: CancellationError.self) { try await first.value }
    }

    @Test func `entries expire by themselves`() async throws {
        var configuration = TableCacheConfiguration()
        configuration.localBytes = 1 << 20
        configuration.timeToLive = .milliseconds(150)
        let cache = TableCache(redis: RedisConnections([redis]), configuration: configuration)
        #expect(try await hit(cache) == 0)
        database.write(1)
        // Reads do not make them live longer.
        let deadline = ContinuousClock.now + .seconds(20)
        while try await read(cache).0 == 0 {
            try #require(ContinuousClock.now < deadline, "it never expires")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

/// A number that many tasks use.
private final class SharedNumber: Sendable {
    private let number = Atomic(0)

    var value: Int {
        get { number.load(ordering: .sequentiallyConsistent) }
        set { number.store(newValue, ordering: .sequentiallyConsistent) }
    }
}
