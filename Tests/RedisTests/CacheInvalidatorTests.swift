import Cache
import Logging
import Operations
import Redis
import Testing

@Suite("Invalidation and statuses", .timeLimit(.minutes(3)))
struct CacheInvalidatorTests {
    let server: RedisServerProcess
    let redis: RedisConnection
    let invalidator: CacheInvalidator
    let statuses: StatusCache
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() async throws {
        server = try await RedisServerProcess()
        redis = try await .connect(RedisConfiguration(url: server.url), logger: Self.logger)
        invalidator = CacheInvalidator(redis: RedisConnections([redis]), logger: Self.logger)
        statuses = StatusCache(redis: RedisConnections([redis]))
    }

    private func completed() -> OperationStatus {
        OperationStatus(
            operationID: .random(), state: .completed, table: "items", entityID: "e", attempts: 1,
            fingerprint: Fingerprint(method: "POST", path: "/items", body: []), endedAt: "2026-01-01T00:00:00.000Z")
    }

    @Test func `statuses are found after the tokens were set, for an hour`() async throws {
        let ended = (0..<500).map { _ in completed() }
        #expect(await invalidator.invalidate(tables: ["items"], statuses: ended.map(EncodedStatus.init)))
        let name = CacheName.generation(table: "items")
        let replies = try await redis.execute([
            ["GET", name], ["TTL", name], ["TTL", CacheName.status(ended[0].operationID)], ["DBSIZE"],
        ])
        #expect(replies[0].bytes.flatMap { CacheToken($0) } != nil)
        #expect(replies[1] == .integer(-1))
        #expect(replies[2] == .integer(3_600) || replies[2] == .integer(3_599))
        #expect(replies[3] == .integer(501))
        await withTaskGroup(of: Void.self) { group in
            for status in ended {
                group.addTask {
                    guard case .found(let found) = await statuses.status(of: status.operationID) else {
                        Issue.record("a status was not found")
                        return
                    }
                    #expect(found == status)
                }
            }
        }
        guard case .absent = await statuses.status(of: .random()) else { Issue.record("found one"); return }
    }

    @Test func `each invalidation sets another token`() async throws {
        var tokens: Set<[UInt8]> = []
        for _ in 0..<50 {
            #expect(await invalidator.invalidate(tables: ["items"]))
            if let token = try await redis.execute([["GET", CacheName.generation(table: "items")]])[0].bytes {
                tokens.insert(token)
            }
        }
        #expect(tokens.count == 50)
    }

    @Test func `a Redis without memory still invalidates, and stores no status that readers could see too early`()
        async throws
    {
        let status = completed()
        #expect(await invalidator.invalidate(tables: ["items"]))
        _ = try await redis.execute([["CONFIG", "SET", "maxmemory", "1"]])
        #expect(await invalidator.invalidate(tables: ["items"], statuses: [EncodedStatus(status)]))
        #expect(try await redis.execute([["GET", CacheName.generation(table: "items")]])[0] == .null)
        guard case .absent = await statuses.status(of: status.operationID) else { Issue.record("stored"); return }
    }

    @Test func `a Redis that takes no writes at all is said so`() async throws {
        _ = try await redis.execute([["ACL", "SETUSER", "reader", "on", ">p", "~*", "+@read", "+@connection", "+info"]])
        let reader = try await RedisConnection.connect(
            RedisConfiguration(url: "redis://reader:p@127.0.0.1:\(server.port)"), logger: Self.logger)
        let invalidator = CacheInvalidator(redis: RedisConnections([reader]), logger: Self.logger)
        #expect(await !invalidator.invalidate(tables: ["items"], statuses: [EncodedStatus(completed())]))
        await reader.close()
    }

    @Test func `away is a result, not an error`() async throws {
        await server.kill()
        #expect(await !invalidator.invalidate(tables: ["items"], statuses: [EncodedStatus(completed())]))
        guard case .unavailable = await statuses.status(of: .random()) else { Issue.record("answered"); return }
        try await server.start()
        try await redis.ready(within: .seconds(60))
        #expect(await invalidator.invalidate(tables: ["items"], statuses: []))
        #expect(await invalidator.invalidate(tables: []))
    }
}
