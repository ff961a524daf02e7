// Nobody reads what is older than what he was told is completed.
import Foundation
import JSON
import Logging
import Redis
import Stack
import Synchronization
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
                var stale: [String] = []
                var isStopped = false
            }

            private let state: Mutex<State>

            init(rows: Int) { state = Mutex(State(completed: [Int](repeating: 0, count: rows))) }

            /// Also when the test has failed: its group is cancelled then.
            var isStopped: Bool { Task.isCancelled || state.withLock(\.isStopped) }
            var reads: Int { state.withLock(\.reads) }
            var stale: [String] { state.withLock(\.stale) }
            /// As of now; taken before a read, every row read must have at least that version.
            var floor: [Int] { state.withLock(\.completed) }

            func completed(_ row: Int, _ version: Int) {
                state.withLock { $0.completed[row] = max($0.completed[row], version) }
            }

            func read(_ versions: [Int?], floor: [Int], from: String) {
                state.withLock { state in
                    state.reads += 1
                    for (row, version) in versions.enumerated() where version ?? -1 < floor[row] {
                        state.stale.append(
                            "row \(row): \(version.map(String.init) ?? "missing") after \(floor[row]) from \(from)")
                    }
                }
            }

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
            defer { for host in [first, second] { kill(host.process.pid, SIGTERM) } }
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
                        }
                    }
                }
                for reader in 0..<8 {
                    group.addTask {
                        while !record.isStopped {
                            let url = readers[reader % 2]
                            let floor = record.floor
                            let answer = try await HTTPCalls.get(url + "/users?limit=100")
                            guard answer.status == 200 else { continue }
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
                        try? await Task.sleep(for: .milliseconds(20))
                        try? await Self.evictSomething(of: stack)
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
            print("fresh reads: \(record.reads) reads of 20 rows checked")
            #expect(record.stale.isEmpty, "\(record.stale.prefix(5))")
            // Each checks 20 rows.
            #expect(record.reads > 5_000)
            try await proxy.stop()
            await stack.stack.stop()
        }

        private static func redis(_ stack: IntegrationStack) async throws -> RedisConnection {
            try await RedisConnection.connect(
                RedisConfiguration(url: stack.endpoints.urls["redis"] ?? ""),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }

        /// As a server does that is short of memory.
        private static func evictSomething(of stack: IntegrationStack) async throws {
            let redis = try await redis(stack)
            if let key = try await redis.execute([["RANDOMKEY"]])[0].text {
                _ = try await redis.execute([["DEL", key]])
            }
            await redis.close()
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

        @Test("10,000 generated queries and ids: each is answered 200, 400 or 404, and none reaches SQL")
        func fuzz() async throws {
            let stack = try await IntegrationStack.shared()
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
            func escaped(_ text: String) -> String {
                // Some go out as they are, as far as a URL can be made of them.
                text.contains("%") ? text : text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            }
            let urls = (0..<10_000).map { number -> String in
                if number % 4 == 0 { return stack.readAPI + "/users/" + escaped(values.randomElement() ?? "") }
                let items = (0..<Int.random(in: 1...4)).map { _ in
                    escaped(names.randomElement() ?? "") + "=" + escaped(values.randomElement() ?? "")
                }
                return stack.readAPI + (Bool.random() ? "/users" : "/orders") + "?" + items.joined(separator: "&")
            }
            let wrong = await withTaskGroup(of: [String].self) { group in
                for part in 0..<16 {
                    group.addTask {
                        var wrong: [String] = []
                        for position in stride(from: part, to: urls.count, by: 16) {
                            // What the client library itself refuses is no request.
                            guard let answer = try? await HTTPCalls.get(urls[position]) else { continue }
                            if ![200, 400, 404, 414, 431].contains(answer.status) || answer.text.contains("SQLSTATE") {
                                wrong.append("\(answer.status) \(urls[position])")
                            }
                        }
                        return wrong
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            #expect(wrong.isEmpty, "\(wrong.prefix(5))")
            #expect(try await stack.rows("SELECT count(*) FROM users").count == 1)
        }
    }
}
