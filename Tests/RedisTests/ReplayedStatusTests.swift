// The status of an operation that `jspg dlq replay` has put back.
import Cache
import Logging
import Operations
import Redis
import Testing

@Suite("Status of a replayed operation", .timeLimit(.minutes(1)))
struct ReplayedStatusTests {
    let server: RedisServerProcess

    init() async throws {
        server = try await RedisServerProcess()
    }

    @Test("it is read as queued for an hour, is no answer for who waits, and its end takes its place")
    func marker() async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let redis = try await RedisConnection.connect(RedisConfiguration(url: server.url), logger: logger)
        let statuses = StatusCache(redis: RedisConnections([redis]))
        let queued = OperationStatus(operationID: .random(), state: .queued, table: "items")
        _ = try await redis.execute([CacheInvalidation.storing(EncodedStatus(queued))])

        guard case .found(queued) = await statuses.status(of: queued.operationID) else {
            Issue.record("it is not found")
            return
        }
        let stored = await statuses.stored([queued.operationID])
        #expect(stored.count == 1 && stored[0] == nil, "what is answered without reading it is an end")
        let replies = try await redis.execute([["TTL", CacheName.status(queued.operationID)]])
        #expect(replies[0] == .integer(3_600) || replies[0] == .integer(3_599))

        var ended = queued
        ended.state = .completed
        let invalidator = CacheInvalidator(redis: RedisConnections([redis]), logger: logger)
        #expect(await invalidator.invalidate(tables: ["items"], statuses: [EncodedStatus(ended)]))
        guard case .found(ended) = await statuses.status(of: queued.operationID) else {
            Issue.record("it is still queued")
            return
        }
        await redis.close()
    }
}
