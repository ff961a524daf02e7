// Several connections of one process.
import Logging
import NIOCore
import NIOPosix
import Operations
import Synchronization
import Testing

@testable import Cache
@testable import Redis

@Suite("Redis connections", .timeLimit(.minutes(3)))
struct RedisConnectionsTests {
    private static let logger = TableCacheTests.logger

    /// Two connections on event loops of their own, that are connected in this order.
    private func two(_ url: String) async throws -> RedisConnections {
        let current = CurrentServer()
        let configuration = try RedisConfiguration(url: url)
        var connections: [RedisConnection] = []
        let loops = Array(MultiThreadedEventLoopGroup.singleton.makeIterator())
        for number in 0..<2 {
            let connection = RedisConnection(
                configuration, on: loops[number % loops.count], current: current, logger: Self.logger)
            try await connection.ready(within: .seconds(10))
            connections.append(connection)
        }
        return RedisConnections(connections)
    }

    @Test func `there is one for each event loop, found from there`() async throws {
        let server = try await RedisServerProcess()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let redis = RedisConnections(try RedisConfiguration(url: server.url), on: group, logger: Self.logger)
        for connection in redis { try await connection.ready(within: .seconds(10)) }
        #expect(redis.areConnected)
        #expect(redis.count == 3)
        for (position, connection) in redis.enumerated() {
            #expect(try await connection.eventLoop.submit { redis.nearest }.get() == position)
        }
        #expect(await redis.indices.contains(Task.detached { redis.nearest }.value))
        await redis.close()
        #expect(!redis.areConnected)
        try await group.shutdownGracefully()
    }

    @Test func `reads of one turn of the event loop are one command`() async throws {
        let server = try await RedisServerProcess()
        let redis = try await RedisConnection.connect(RedisConfiguration(url: server.url), logger: Self.logger)
        _ = try await redis.execute([["SET", "key1", "one"], ["CONFIG", "RESETSTAT"]])
        let answers = Mutex<[[UInt8]?]>([])
        try await redis.eventLoop.submit {
            for number in 0..<100 {
                redis.read(["key\(number % 5)"]) { result in
                    answers.withLock { $0.append((try? result.get())?[0]) }
                }
            }
            #expect(answers.withLock { $0.isEmpty }, "nobody is answered before this turn is over")
        }.get()
        let statistics = try await redis.execute([["INFO", "commandstats"]])[0].text ?? ""
        #expect(statistics.contains("cmdstat_mget:calls=1,"))
        let values = answers.withLock { $0 }
        #expect(values.count == 100)
        for (number, value) in values.enumerated() {
            #expect(value == (number % 5 == 1 ? Array("one".utf8) : nil))
        }
        await redis.close()
    }

    @Test func `more keys than one command has are all answered`() async throws {
        let server = try await RedisServerProcess()
        let redis = try await RedisConnection.connect(RedisConfiguration(url: server.url), logger: Self.logger)
        let answered = Atomic(0)
        try await redis.eventLoop.submit {
            for number in 0..<2_500 {
                redis.read(["key\(number)"]) { result in
                    if case .success = result { answered.add(1, ordering: .relaxed) }
                }
            }
        }.get()
        let deadline = ContinuousClock.now + .seconds(10)
        while answered.load(ordering: .relaxed) < 2_500, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(answered.load(ordering: .relaxed) == 2_500)
        await redis.close()
    }

    @Test func `reads fail at once where there is no connection`() async throws {
        let server = try await RedisServerProcess()
        let redis = try await RedisConnection.connect(RedisConfiguration(url: server.url), logger: Self.logger)
        await server.kill()
        for await state in redis.states() {
            if case .away = state { break }
        }
        let error = await #expect(throws: RedisError.self, "it was answered") { try await redis.read(["a"]) }
        #expect(error?.code == .unavailable)
        await redis.close()
    }

    /// A primary was replaced, and still answers those that have not heard of it.
    @Test func `after one was connected to another server, none hands out what the old one says`() async throws {
        let server = try await ScriptedRedis(runID: "old") { _ in "*1\r\n$1\r\nx\r\n" }
        let redis = try await two(server.url)
        let before = try await redis[0].read(["a"])
        #expect(before.runID == "old")
        server.becomeRun("new")
        server.hangUp(on: 1)
        for await state in redis[1].states() {
            if case .connected("new", _) = state { break }
        }
        // The first connection still has the old server, which would answer.
        let error = await #expect(throws: RedisError.self, "the old server was believed") {
            try await redis[0].read(["a"])
        }
        #expect(error?.code == .connectionLost)
        try await redis[0].ready(within: .seconds(10))
        let after = try await redis[0].read(["a"])
        #expect(after.runID == "new")
        #expect(after.connection == before.connection + 1)
        await redis.close()
        try await server.stop()
    }

    @Test func `a server that one finds to be no primary any more is left by all`() async throws {
        let isReplica = Atomic(false)
        let server = try await ScriptedRedis(runID: "run") { words in
            if words[0] == "SET", isReplica.load(ordering: .sequentiallyConsistent) {
                return "-READONLY You can't write against a read only replica.\r\n"
            }
            return "*1\r\n$1\r\nx\r\n"
        }
        let redis = try await two(server.url)
        _ = try await redis[1].read(["a"])
        isReplica.store(true, ordering: .sequentiallyConsistent)
        let reply = try await redis[0].execute([["SET", "a", "1"]])[0]
        #expect(reply.errorMessage?.hasPrefix("READONLY") == true)
        await #expect(throws: RedisError.self, "what a replica says was handed out") { try await redis[1].read(["a"]) }
        await redis.close()
        try await server.stop()
    }

    @Test func `what was sent behind a refused write may have been done`() async throws {
        let server = try await ScriptedRedis(runID: "run") { words in
            words[0] == "SET" ? "-READONLY You can't write against a read only replica.\r\n" : "+OK\r\n"
        }
        let redis = try await RedisConnection.connect(RedisConfiguration(url: server.url), logger: Self.logger)
        let outcomes = Mutex<[RedisError.Code?]>([])
        try await redis.eventLoop.submit {
            for name in ["SET", "DEL"] {
                redis.execute([RedisCommand(name, "a")]) { result in
                    var code: RedisError.Code?
                    if case .failure(let error) = result { code = error.code }
                    outcomes.withLock { $0.append(code) }
                }
            }
        }.get()
        let deadline = ContinuousClock.now + .seconds(10)
        while outcomes.withLock({ $0.count }) < 2, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(outcomes.withLock { $0 } == [nil, .connectionLost])
        await redis.close()
        try await server.stop()
    }

    @Test(arguments: ["connecting", "greeting", "waiting to try again"])
    func `closing ends what is under way`(when: String) async throws {
        // Nobody answers on the first, the second is silent, and the third hangs up.
        let server = try await ScriptedRedis(runID: "run", greets: when != "greeting") { _ in nil }
        let url = when == "connecting" ? "redis://192.0.2.1:6379" : server.url
        var configuration = try RedisConfiguration(url: url)
        configuration.connectTimeout = .milliseconds(500)
        if when == "waiting to try again" { try await server.stop() }
        let redis = RedisConnection(configuration, logger: Self.logger)
        let outcome = Mutex<RedisError.Code?>(nil)
        redis.execute([["PING"]]) { result in
            if case .failure(let error) = result { outcome.withLock { $0 = error.code } }
        }
        try await Task.sleep(for: .milliseconds(100))
        let start = ContinuousClock.now
        await redis.close()
        #expect(ContinuousClock.now - start < .seconds(8))
        #expect(outcome.withLock { $0 } != nil, "nobody told the caller")
        #expect(redis.state == .closed)
        await redis.close()
        if when != "waiting to try again" { try await server.stop() }
    }

    @Test(arguments: ["nonsense\r\n", "+OK\r\n+what nobody asked for\r\n"])
    func `a server that answers wrongly is left, and tried again`(answer: String) async throws {
        let isWrong = Atomic(true)
        let server = try await ScriptedRedis(runID: "run") { _ in
            isWrong.exchange(false, ordering: .sequentiallyConsistent) ? answer : "+OK\r\n"
        }
        let redis = try await RedisConnection.connect(RedisConfiguration(url: server.url), logger: Self.logger)
        _ = try? await redis.execute([["SET", "a", "1"]])
        for await state in redis.states() {
            if case .connected(_, 2) = state { break }
        }
        #expect(try await redis.execute([["SET", "a", "1"]])[0] == .status("OK"))
        await redis.close()
        try await server.stop()
    }

    @Test(arguments: [0, 1 << 20])
    func `a cache over several connections is as one`(local: Int) async throws {
        let server = try await RedisServerProcess()
        let redis = try await two(server.url)
        var configuration = TableCacheConfiguration()
        configuration.localBytes = local
        let cache = TableCache(redis: redis, configuration: configuration)
        let key = CacheKey(table: "items", query: "all")
        let database = TableCacheTests.Database()
        let invalidator = CacheInvalidator(redis: redis, logger: Self.logger)

        /// The answer from memory or Redis as a request on that connection's event loop gets it.
        func cached(_ connection: RedisConnection) async throws -> CacheAnswer? {
            try await connection.eventLoop.flatSubmit {
                let promise = connection.eventLoop.makePromise(of: CacheAnswer?.self)
                cache.cached(key) { promise.succeed($0) }
                return promise.futureResult
            }.get()
        }
        // The first look at the table invalidates it, for all connections.
        #expect(try await cached(redis[0]) == nil)
        let generation = CacheName.generation(table: "items")
        let token = try await redis[0].execute([["GET", generation]])[0]
        for connection in redis { #expect(try await cached(connection) == nil) }
        #expect(try await redis[0].execute([["GET", generation]])[0] == token)
        for value in 1...5 {
            database.write(value)
            #expect(await invalidator.invalidate(tables: ["items"]))
            for connection in redis { #expect(try await cached(connection) == nil, "an old copy was served") }
            _ = try await redis[0].execute([["DEL", key.name]])
            _ = try await cache.read(key) { database.query() }
            let deadline = ContinuousClock.now + .seconds(10)
            while try await redis[1].execute([["EXISTS", key.name]])[0] != .integer(1) {
                try #require(ContinuousClock.now < deadline, "the entry was not stored")
                try await Task.sleep(for: .milliseconds(5))
            }
            for connection in redis {
                #expect(try await cached(connection)?.body.bytes == Array("\(value)".utf8))
            }
        }
        cache.distrust(["items"])
        for connection in redis { #expect(try await cached(connection) == nil, "it is distrusted on each") }
        await redis.close()
    }
}
