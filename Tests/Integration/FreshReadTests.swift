// Nobody reads what is older than what he was told is completed.
import AsyncHTTPClient
import Foundation
import JSON
import Logging
import Redis
import Stack
import Synchronization
import TestSupport
import Testing

extension Integration {
    @Suite("Fresh reads", .serialized)
    struct FreshReads {
        /// What clients were told, and what they read.
        private final class Record: Sendable {
            private struct State {
                /// By row: the newest version that was told completed.
                var completed: [Int]
                var reads = 0
                var hits = 0
                var evictions = 0
                var stale: [String] = []
                var failures: [String] = []
                var isStopped = false
            }

            private let state: Mutex<State>

            init(rows: Int) { state = Mutex(State(completed: [Int](repeating: 0, count: rows))) }

            /// Also when the test has failed: its group is cancelled then.
            var isStopped: Bool { Task.isCancelled || state.withLock(\.isStopped) }
            var reads: Int { state.withLock(\.reads) }
            /// Reads that were answered from the cache.
            var hits: Int { state.withLock(\.hits) }
            var evictions: Int { state.withLock(\.evictions) }
            var stale: [String] { state.withLock(\.stale) }
            var failures: [String] { state.withLock(\.failures) }
            /// As of now; taken before a read, every row read must have at least that version.
            var floor: [Int] { state.withLock(\.completed) }

            func completed(_ row: Int, _ version: Int) {
                state.withLock { $0.completed[row] = max($0.completed[row], version) }
            }

            func read(_ versions: [Int?], floor: [Int], from: String) {
                state.withLock { state in
                    state.reads += 1
                    if from == "hit" { state.hits += 1 }
                    for (row, version) in versions.enumerated() where version ?? -1 < floor[row] {
                        state.stale.append(
                            "row \(row): \(version.map(String.init) ?? "missing") after \(floor[row]) from \(from)")
                    }
                }
            }

            func failed(_ what: String) { state.withLock { $0.failures.append(what) } }

            func evicted() { state.withLock { $0.evictions += 1 } }

            func stop() { state.withLock { $0.isStopped = true } }
        }

        @Test(
            "8 readers and 4 writers on 20 rows through two read APIs, results late, keys evicted, Redis back with an old copy and empty: no stale read"
        )
        func noStaleRead() async throws {
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            // A result waits between its query and the cache.
            let databasePort = try #require(URL(string: stack.database)?.port)
            let proxy = try await DelayingProxy(to: databasePort, delay: .milliseconds(30))
            let environment = [
                "DATABASE_URL": stack.database.replacingOccurrences(of: ":\(databasePort)", with: ":\(proxy.port)")
            ]
            let first = try await stack.start("jspg-read-api", environment: environment)
            let second = try await stack.start("jspg-read-api", environment: environment)
            let ids = (0..<20).map { _ in UUID().uuidString.lowercased() }
            let record = Record(rows: ids.count)
            for id in ids {
                let made = try Operation(
                    try await HTTPCalls.write(
                        stack.gateway + "/users/\(id)", method: "PUT", key: Operation.newKey, Bodies.user("0")))
                _ = try await made.end(on: stack)
            }
            let readers = [first.url, second.url]
            try await withThrowingDiscardingTaskGroup { group in
                for writer in 0..<4 {
                    group.addTask {
                        var version = 0
                        while !record.isStopped {
                            version += 1
                            // Each row has one writer, so its versions come in order.
                            let row = writer + 4 * Int.random(in: 0..<5)
                            let operation = try Operation(
                                try await HTTPCalls.write(
                                    stack.gateway + "/users/\(ids[row])", method: "PATCH", key: Operation.newKey,
                                    #"{"name":"\#(version)"}"#))
                            let status = try await operation.end(on: stack)
                            #expect(status["status"]?.string == "completed")
                            record.completed(row, version)
                            // So that what was read is in the cache for a moment.
                            try await Task.sleep(for: .milliseconds(Int.random(in: 0...30)))
                        }
                    }
                }
                for reader in 0..<8 {
                    group.addTask {
                        while !record.isStopped {
                            let url = readers[reader % 2]
                            let floor = record.floor
                            let answer = try await HTTPCalls.get(url + "/users?limit=100")
                            guard answer.status == 200 else {
                                record.failed("\(answer.status) \(answer.text)")
                                continue
                            }
                            var versions = [Int?](repeating: nil, count: ids.count)
                            for row in try answer.json()["users"]?.elements.map({ $0 }) ?? [] {
                                if let position = ids.firstIndex(of: row["user_id"]?.string ?? "") {
                                    versions[position] = Int(row["name"]?.string ?? "")
                                }
                            }
                            record.read(versions, floor: floor, from: answer.header("X-Cache") ?? "")
                        }
                    }
                }
                group.addTask {
                    while !record.isStopped {
                        try? await Task.sleep(for: .milliseconds(50))
                        // Now and then there is no Redis to evict anything from.
                        if (try? await Self.evictSomething(of: stack)) == true { record.evicted() }
                    }
                }
                group.addTask {
                    defer { record.stop() }
                    let seconds = Int(ProcessInfo.processInfo.environment["JSPG_TEST_STALE_SECONDS"] ?? "") ?? 20
                    try await Task.sleep(for: .seconds(seconds) / 5)
                    let dump = try await Self.save(stack)
                    try await Task.sleep(for: .seconds(seconds) / 5)
                    // It comes back with the old copy, and later with nothing.
                    if let pid = await stack.pid("redis") { kill(pid, SIGKILL) }
                    try await Task.sleep(for: .seconds(seconds) * 3 / 10)
                    try FileManager.default.removeItem(atPath: dump)
                    if let pid = await stack.pid("redis") { kill(pid, SIGKILL) }
                    try await Task.sleep(for: .seconds(seconds) * 3 / 10)
                }
            }
            print("fresh reads: \(record.reads) reads, \(record.hits) from the cache, \(record.evictions) evictions")
            #expect(record.stale.isEmpty, "\(record.stale.prefix(5))")
            #expect(record.failures.isEmpty, "\(record.failures.prefix(5))")
            // Otherwise it would show nothing. Each read checks 20 rows.
            #expect(record.reads > 1_000 && record.hits > 50 && record.evictions > 20)
            try await proxy.stop()
        }

        private static func redis(_ stack: IntegrationStack) async throws -> RedisConnection {
            try await RedisConnection.connect(
                RedisConfiguration(url: stack.endpoints.urls["redis"] ?? ""),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }

        /// As a server does that is short of memory: a list or what it counts by. Most keys are statuses of operations.
        ///
        /// - Returns: whether there was something.
        private static func evictSomething(of stack: IntegrationStack) async throws -> Bool {
            let redis = try await redis(stack)
            var isGone = false
            if let key = try? await redis.execute([["KEYS", "jspg:*"]])[0].elements?.randomElement()?.text {
                isGone = (try? await redis.execute([["DEL", key]])[0]) == .integer(1)
            }
            await redis.close()
            return isGone
        }

        /// Has Redis write what it has to disk.
        ///
        /// - Returns: the path of the file.
        private static func save(_ stack: IntegrationStack) async throws -> String {
            let redis = try await redis(stack)
            let saved = try await redis.execute([["SAVE"], ["CONFIG", "GET", "dir"]])
            await redis.close()
            #expect(saved[0].text == "OK")
            let folder = try #require(saved[1].elements?.last?.text)
            #expect(FileManager.default.fileExists(atPath: folder + "/dump.rdb"))
            return folder + "/dump.rdb"
        }

        /// What came of some requests.
        private struct Outcome {
            var answers = 0
            /// What the client library itself refuses is no request.
            var refused = 0
            var wrong: [String] = []

            mutating func send(_ url: String) async {
                do {
                    let answer = try await HTTPCalls.get(url)
                    answers += 1
                    if ![200, 400, 404, 414, 431].contains(answer.status) || answer.text.contains("SQLSTATE") {
                        wrong.append("\(answer.status) \(url)")
                    }
                } catch let error as HTTPClientError where error == .invalidURL {
                    refused += 1
                } catch {
                    wrong.append("\(error) \(url)")
                }
            }

            mutating func add(_ other: Outcome) {
                answers += other.answers
                refused += other.refused
                wrong += other.wrong
            }
        }

        /// Everything in both tables, and the process that read it.
        private static func state(of stack: IntegrationStack) async throws -> [[String]] {
            let users = try await stack.rows(
                "SELECT count(*), md5(string_agg(u::text, ' ' ORDER BY user_id)) FROM users AS u")
            let orders = try await stack.rows(
                "SELECT count(*), md5(string_agg(o::text, ' ' ORDER BY order_id)) FROM orders AS o")
            let pid = try #require(await stack.pid("read-api"))
            return users + orders + [[String(pid)]]
        }

        @Test("10,000 generated queries and ids: each is answered 200, 400 or 404, and none reaches SQL")
        func fuzz() async throws {
            let stack = try await IntegrationStack.shared()
            let seed =
                ProcessInfo.processInfo.environment["JSPG_TEST_SEED"].flatMap { UInt64($0) }
                ?? UInt64.random(in: 0..<1_000_000)
            let urls = Self.urls(on: stack, seed: seed)
            let before = try await Self.state(of: stack)
            let outcome = await withTaskGroup(of: Outcome.self) { group in
                for part in 0..<16 {
                    group.addTask {
                        var outcome = Outcome()
                        for position in stride(from: part, to: urls.count, by: 16) {
                            await outcome.send(urls[position])
                        }
                        return outcome
                    }
                }
                return await group.reduce(into: Outcome()) { $0.add($1) }
            }
            #expect(outcome.wrong.isEmpty, "seed \(seed): \(outcome.wrong.count), \(outcome.wrong.prefix(5))")
            #expect(outcome.answers > 9_000, "seed \(seed): the client refused \(outcome.refused)")
            let after = try await Self.state(of: stack)
            #expect(after == before, "seed \(seed)")
        }

        private static func urls(on stack: IntegrationStack, seed: UInt64) -> [String] {
            let names = [
                "limit", "offset", "after", "sort", "fields", "email", "name", "user_id", "total[gte]", "", "x",
                "limit[", "email[in]", "email[eq]", "%00", "';--",
            ]
            let values = [
                "1", "-1", "0", "100000000000000000000", "1e9", "NaN", "", "'", "\"", "' OR 1=1 --",
                "); DROP TABLE users; --", "%27", "%00",
                "%FF%FE", "%", "a,b", "-created_at", "created_at,name", "💥", "null", "[]", "{}", "\\", "%5C%27",
                "email", "user_id,name",
                String(repeating: "a", count: 2_000), "2026-11-24T00:00:00Z", "AAAA", "eyJhIjoxfQ",
            ]
            var chance = SeededNumbers(seed: seed)
            func one(of texts: [String]) -> String {
                let text = texts.randomElement(using: &chance) ?? ""
                // Some go out as they are, as far as a URL can be made of them.
                if text.contains("%") { return text }
                return text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            }
            return (0..<10_000).map { number in
                if number % 4 == 0 { return stack.readAPI + "/users/" + one(of: values) }
                let count = Int.random(in: 1...4, using: &chance)
                let items = (0..<count).map { _ in one(of: names) + "=" + one(of: values) }
                let table = Bool.random(using: &chance) ? "/users?" : "/orders?"
                return stack.readAPI + table + items.joined(separator: "&")
            }
        }
    }
}
