import Foundation
import Logging
import NIOCore
import Synchronization
import Testing

@testable import Redis

@Suite("Redis connection", .timeLimit(.minutes(3)))
struct RedisConnectionTests {
    let server: RedisServerProcess
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() async throws {
        server = try await RedisServerProcess()
    }

    private func connect(
        _ url: String? = nil, timeout: Duration = .seconds(5)
    ) async throws -> RedisConnection {
        var configuration = try RedisConfiguration(url: url ?? server.url)
        configuration.commandTimeout = timeout
        return try await .connect(configuration, logger: logger)
    }

    @Test func `replies of every kind come back as they are`() async throws {
        let redis = try await connect()
        var set = RedisCommand("SET", "key")
        set.append([0, 0xFF, 0x0D, 0x0A])
        let replies = try await redis.execute([
            set, ["GET", "key"], ["GET", "none"], ["INCR", "count"], ["MGET", "key", "none"], ["PING"],
            ["LPUSH", "key", "x"], ["SET", "empty", ""], ["GET", "empty"], ["EVAL", "return {1,{'a',{}}}", "0"],
        ])
        #expect(replies[0] == .status("OK"))
        #expect(replies[1] == .string([0, 0xFF, 0x0D, 0x0A]))
        #expect(replies[2] == .null)
        #expect(replies[3] == .integer(1))
        #expect(replies[4] == .array([.string([0, 0xFF, 0x0D, 0x0A]), .null]))
        #expect(replies[5].text == "PONG")
        #expect(replies[6].errorMessage?.hasPrefix("WRONGTYPE") == true)
        #expect(replies[8] == .string([]))
        #expect(replies[9] == .array([.integer(1), .array([.string([97]), .array([])])]))
        #expect(replies.count == 10)
        #expect(replies.runID == redis.runID)
        #expect(replies.runID.count == 40)
        await redis.close()
    }

    @Test func `batches of many callers each get their own replies`() async throws {
        let redis = try await connect(timeout: .seconds(5))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<200 {
                group.addTask {
                    for round in 0..<20 {
                        let value = "\(caller)-\(round)"
                        let replies = try await redis.execute([
                            ["SET", "k\(caller)", value], ["ECHO", value], ["GET", "k\(caller)"],
                        ])
                        #expect(replies[1].text == value)
                        #expect(replies[2].text == value)
                    }
                }
            }
            try await group.waitForAll()
        }
        await redis.close()
    }

    @Test func `batches of one turn of the event loop are written together`() async throws {
        let redis = try await connect()
        func reads() async throws -> Int {
            let info = try await redis.execute([["INFO", "stats"]])[0].text ?? ""
            let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("total_reads_processed:") }
            return try #require(line.flatMap { Int($0.split(separator: ":")[1]) })
        }
        let before = try await reads()
        try await redis.eventLoop.submit {
            for number in 0..<100 { redis.execute([["SET", "k\(number)", "v"], ["GET", "k\(number)"]]) { _ in } }
        }.get()
        // One for the batches, one for this question.
        #expect(try await reads() - before <= 2)
        await redis.close()
    }

    @Test func `a large pipeline with large values arrives whole`() async throws {
        let redis = try await connect(timeout: .seconds(10))
        let value = [UInt8](repeating: 7, count: 3_000_000)
        let commands = (0..<20).flatMap { number -> [RedisCommand] in
            var set = RedisCommand("SET", "large\(number)")
            set.append(value)
            return [set, ["GET", "large\(number)"]]
        }
        let replies = try await redis.execute(commands)
        #expect(replies.enumerated().allSatisfy { $0 % 2 == 0 || $1.bytes == value })
        await redis.close()
    }

    @Test func `a server that died fails fast and one that is back has another run`() async throws {
        let redis = try await connect(timeout: .seconds(60))
        let before = try await redis.execute([["SET", "a", "1"]])
        await server.kill()
        let states = redis.states()
        for await state in states {
            if case .away = state { break }
        }
        let clock = ContinuousClock()
        let duration = await clock.measure {
            for _ in 0..<100 {
                await #expect(throws: RedisError.self) { try await redis.execute([["GET", "a"]]) }
            }
        }
        #expect(duration < .seconds(30))
        #expect(!redis.isConnected)
        #expect(redis.runID == nil)
        try await server.start()
        try await redis.ready(within: .seconds(60))
        let after = try await redis.execute([["GET", "a"]])
        #expect(after[0] == .null)
        #expect(after.runID != before.runID)
        #expect(after.connection == before.connection + 1)
        await redis.close()
    }

    @Test func `callers under way when the server dies all learn of it`() async throws {
        let redis = try await connect(timeout: .seconds(5))
        server.pause()
        let outcomes = await withTaskGroup(of: RedisError.Code?.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do throws(RedisError) {
                        _ = try await redis.execute([["PING"]])
                        return nil
                    } catch { return error.code }
                }
            }
            try? await Task.sleep(for: .milliseconds(100))
            await server.kill()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 50)
        #expect(outcomes.allSatisfy { $0 == .connectionLost || $0 == .unavailable })
        await redis.close()
    }

    @Test func `a server that is silent costs a timeout, not more`() async throws {
        let redis = try await connect(timeout: .seconds(1))
        server.pause()
        let clock = ContinuousClock()
        var code: RedisError.Code?
        let duration = await clock.measure {
            do throws(RedisError) { _ = try await redis.execute([["PING"]]) } catch { code = error.code }
        }
        #expect(code == .timedOut)
        #expect(duration < .seconds(30))
        server.resume()
        try await redis.ready(within: .seconds(60))
        #expect(try await redis.execute([["PING"]])[0].text == "PONG")
        await redis.close()
    }

    @Test func `nobody there at start`() async throws {
        await server.kill()
        let error = await #expect(throws: RedisError.self) {
            try await RedisConnection.connect(
                RedisConfiguration(url: "redis://:hunter2@127.0.0.1:\(server.port)"), logger: logger,
                within: .milliseconds(200))
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("127.0.0.1:\(server.port)") == true)
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test func `a server that comes up later is found`() async throws {
        await server.kill()
        let redis = RedisConnection(try RedisConfiguration(url: server.url), logger: logger)
        async let isReady: Void = redis.ready(within: .seconds(10))
        try await Task.sleep(for: .milliseconds(300))
        try await server.start()
        try await isReady
        #expect(redis.isConnected)
        await redis.close()
    }

    @Test func `sockets and databases`() async throws {
        let first = try await connect(server.socketURL)
        let second = try await connect(server.socketURL + "?db=2")
        _ = try await second.execute([["SET", "only", "two"]])
        #expect(try await first.execute([["GET", "only"]])[0] == .null)
        #expect(try await second.execute([["GET", "only"]])[0].text == "two")
        await first.close()
        await second.close()
    }

    @Test func `user and password are used, and wrong ones said at once`() async throws {
        let admin = try await connect()
        _ = try await admin.execute([
            ["ACL", "SETUSER", "app", "on", ">p@ss", "~*", "+@all"], ["CONFIG", "SET", "requirepass", "top"],
        ])
        let user = try await connect("redis://app:p%40ss@127.0.0.1:\(server.port)")
        #expect(try await user.execute([["ACL", "WHOAMI"]])[0].text == "app")
        let main = try await connect("redis://:top@127.0.0.1:\(server.port)")
        #expect(try await main.execute([["PING"]])[0].text == "PONG")
        for url in ["redis://app:wrong@127.0.0.1:\(server.port)", "redis://127.0.0.1:\(server.port)"] {
            let error = await #expect(throws: RedisError.self) { try await connect(url) }
            #expect(error?.code == .authentication)
            #expect(error?.message.contains("wrong") == false)
        }
        for connection in [admin, user, main] { await connection.close() }
    }

    @Test func `a server that became a replica is left`() async throws {
        let redis = try await connect()
        let other = try await connect()
        _ = try await other.execute([["REPLICAOF", "127.0.0.1", "1"]])
        let reply = try await redis.execute([["SET", "a", "1"]])[0]
        #expect(reply.errorMessage?.hasPrefix("READONLY") == true)
        // The connection is closed behind the reply.
        let deadline = ContinuousClock.now + .seconds(30)
        var refusal: RedisError?
        while refusal == nil && ContinuousClock.now < deadline {
            do throws(RedisError) { try await redis.ready(within: .seconds(1)) } catch { refusal = error }
        }
        #expect(refusal?.message.contains("replica") == true)
        await redis.close()
        await other.close()
    }

    @Test func `what was handed in before closing is still sent`() async throws {
        let redis = try await connect()
        let answered = Atomic(0)
        for number in 0..<100 {
            redis.execute([["SET", "last\(number)", "x"]]) { result in
                if case .success = result { answered.add(1, ordering: .relaxed) }
            }
        }
        await redis.close()
        #expect(answered.load(ordering: .relaxed) == 100)
        await #expect(throws: RedisError(.closed, "The Redis client was closed.")) {
            try await redis.execute([["PING"]])
        }
        await redis.close()
    }
}
