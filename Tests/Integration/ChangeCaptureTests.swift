// jspg-cdc: changes by others show, and none is lost.
import Foundation
import JSON
import JetStream
import Operations
import Stack
import Testing

extension Integration {
    @Suite("Change data capture", .serialized)
    struct ChangeCapture {
        /// Starts a capture process of the test's own.
        private func start(
            _ stack: IntegrationStack, slot: String = "jspg_cdc", environment: [String: String] = [:]
        ) async throws -> (process: ChildProcess, url: String, log: String) {
            let port = try FreePort.any()
            let log = "\(stack.state)/cdc-\(UUID().uuidString).log"
            let process = try await ChildProcess.start(
                ChildCommand(
                    stack.binaries + "/jspg-cdc", [],
                    environment: [
                        "NATS_URL": stack.endpoints.urls["nats"] ?? "", "DATABASE_URL": stack.database,
                        "HOST": "127.0.0.1", "PORT": String(port), "CDC_SLOT": slot,
                    ].merging(environment) { $1 }, logFile: log))
            return (process, "http://127.0.0.1:\(port)", log)
        }

        private func awaitState(_ state: String, at url: String) async throws {
            let deadline = ContinuousClock.now + .seconds(15)
            while true {
                if let health = try? await HTTPCalls.get(url + "/health").json(), health["state"]?.string == state {
                    return
                }
                guard ContinuousClock.now < deadline else { throw StackError("\(url) is not \(state)") }
                try await Task.sleep(for: .milliseconds(50))
            }
        }

        @Test("rows that plain SQL changes are fresh through the API, and the lag is told")
        func plainSQL() async throws {
            let stack = try await IntegrationStack.shared()
            try await FixturePlugin.serve("changed", on: stack)
            let made = try Operation(
                try await HTTPCalls.write(stack.gateway + "/changed", key: Operation.newKey, #"{"name":"0"}"#))
            let id = try await made.end(on: stack)["entityId"]?.string ?? ""
            try await Task.sleep(for: .seconds(1))
            var delays: [Duration] = []
            for number in 1...20 {
                // In the cache, and so stale as soon as the row changes.
                for _ in 0..<2 { _ = try await HTTPCalls.get(stack.readAPI + "/changed") }
                try await stack.rows("UPDATE changed SET name = '\(number)' WHERE id = '\(id)'")
                let start = ContinuousClock.now
                while true {
                    let list = try await HTTPCalls.get(stack.readAPI + "/changed").json()
                    if list["changed"]?.elements.contains(where: { $0["name"]?.string == "\(number)" }) == true {
                        break
                    }
                    try #require(ContinuousClock.now - start < .seconds(5), "the change does not show")
                    try await Task.sleep(for: .milliseconds(2))
                }
                delays.append(ContinuousClock.now - start)
            }
            print("plain SQL to fresh: median \(delays.sorted()[10]), worst \(delays.max() ?? .zero)")
            #expect((delays.max() ?? .zero) < .seconds(3))
            let health = try await HTTPCalls.get(stack.readAPI + "/health").json()
            #expect(health["cdcLagMs"]?.int64 != nil)
        }

        @Test("killed again and again while rows change: every change is published, in order for each row")
        func kills() async throws {
            let stack = try await IntegrationStack.start()
            // Nothing restarts it: the test's own processes take its place.
            if let pid = await stack.pid("cdc") { kill(pid, SIGKILL) }
            try await stack.rows("CREATE TABLE captured (id int PRIMARY KEY, name text)")
            try await stack.rows("ALTER PUBLICATION jspg_cdc ADD TABLE captured")
            try await stack.rows("INSERT INTO captured SELECT n, '0' FROM generate_series(0, 49) n")
            let changes = 20_000
            async let writing: Void = {
                for start in stride(from: 1, through: changes, by: 100) {
                    let updates = (start..<start + 100).map {
                        "UPDATE captured SET name = '\($0)' WHERE id = \($0 % 50);"
                    }
                    try await stack.script(updates.joined())
                }
            }()
            for number in 0..<20 {
                let (process, _, _) = try await self.start(stack)
                try await Task.sleep(for: .milliseconds(250 + number * 7))
                kill(process.pid, SIGKILL)
                _ = await process.exit()
            }
            try await writing
            let last = try await self.start(stack)
            try await awaitState("replicating", at: last.url)

            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            var newest: [Int64: Int] = [:]
            var seen: Set<Int> = []
            var sequence: UInt64 = 1
            var disorder = 0
            let deadline = ContinuousClock.now + .seconds(30)
            while seen.count < changes && ContinuousClock.now < deadline {
                let messages = try await jetStream.messages(
                    stream: StreamName.changes, from: sequence, nextBySubject: "cdc.public.captured", upTo: .max,
                    limit: 1_000)
                if messages.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
                for message in messages {
                    sequence = message.sequence + 1
                    let event = try JSONDocument(parsing: message.payload).root
                    guard let id = event["id"]?.int64, let name = event["name"]?.string, let value = Int(name),
                        value > 0
                    else { continue }
                    // A change that is published again comes after all that it was followed by, or was followed by it.
                    if seen.insert(value).inserted, value < newest[id] ?? 0 { disorder += 1 }
                    newest[id] = value
                }
            }
            #expect(seen.count == changes)
            #expect(disorder == 0)
            #expect(newest.allSatisfy { $0.value > changes - 50 })
            kill(last.process.pid, SIGTERM)
            #expect(await last.process.exit() == .status(0))
            await nats.close()
            await stack.stack.stop()
        }

        @Test("a second process stands by and takes over; a slot that is gone is an error, and nothing old is served")
        func standbyAndLostSlot() async throws {
            let stack = try await IntegrationStack.start()
            if let pid = await stack.pid("cdc") { kill(pid, SIGKILL) }
            let first = try await start(stack)
            try await awaitState("replicating", at: first.url)
            let second = try await start(stack)
            try await awaitState("standby", at: second.url)
            kill(first.process.pid, SIGKILL)
            _ = await first.process.exit()
            try await awaitState("replicating", at: second.url)
            kill(second.process.pid, SIGTERM)
            #expect(await second.process.exit() == .status(0))

            let made = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey, #"{"name":"Ada","email":"ada@example.org"}"#))
            _ = try await made.end(on: stack)
            for _ in 0..<2 { _ = try await HTTPCalls.get(stack.readAPI + "/users") }
            try await stack.rows("SELECT pg_drop_replication_slot('jspg_cdc')")
            try await stack.rows("UPDATE users SET name = 'Grace'")
            let third = try await start(stack)
            try await awaitState("replicating", at: third.url)
            let log = try String(contentsOfFile: third.log, encoding: .utf8)
            #expect(log.contains("changes may have been missed: the slot is gone"))
            let deadline = ContinuousClock.now + .seconds(5)
            while try await !HTTPCalls.get(stack.readAPI + "/users").text.contains("Grace") {
                try #require(ContinuousClock.now < deadline, "the old name is still served")
                try await Task.sleep(for: .milliseconds(20))
            }
            kill(third.process.pid, SIGTERM)
            _ = await third.process.exit()
            await stack.stack.stop()
        }

        @Test("an initial snapshot: every row once as of the slot's beginning, then each change after it")
        func initialSnapshot() async throws {
            let stack = try await IntegrationStack.start()
            if let pid = await stack.pid("cdc") { kill(pid, SIGKILL) }
            try await stack.rows("SELECT pg_drop_replication_slot('jspg_cdc')")
            try await stack.rows("CREATE TABLE counted (id int PRIMARY KEY, number int NOT NULL, note text)")
            try await stack.rows("ALTER PUBLICATION jspg_cdc ADD TABLE counted")
            try await stack.rows("INSERT INTO counted SELECT n, 0 FROM generate_series(1, 5000) n")
            // Rows go on changing meanwhile, each time by one.
            async let writing: Void = {
                for round in 0..<60 {
                    try await stack.rows("UPDATE counted SET number = number + 1 WHERE id % 60 = \(round)")
                    try await Task.sleep(for: .milliseconds(15))
                }
            }()
            let capture = try await start(stack, slot: "counting", environment: ["CDC_SNAPSHOT": "initial"])
            try await awaitState("replicating", at: capture.url)
            try await writing

            let nats = try await stack.nats()
            var numbers: [Int64: Int64] = [:]
            var reads = 0
            var changes = 0
            var sequence: UInt64 = 1
            let deadline = ContinuousClock.now + .seconds(20)
            while numbers.count < 5_000 || numbers.values.contains(0) {
                try #require(ContinuousClock.now < deadline, "\(reads) reads, \(changes) changes")
                let messages = try await JetStream(nats).messages(
                    stream: StreamName.changes, from: sequence, nextBySubject: "cdc.public.counted", upTo: .max,
                    limit: 1_000)
                if messages.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
                for message in messages {
                    sequence = message.sequence + 1
                    let event = try JSONDocument(parsing: message.payload).root
                    let id = try #require(event["id"]?.int64)
                    let number = try #require(event["number"]?.int64)
                    if event["__op"]?.string == "r" {
                        reads += 1
                        #expect(numbers[id] == nil && event["note"]?.isNull == true)
                    } else {
                        changes += 1
                        // The one after what the snapshot had: nothing in between, and nothing twice.
                        #expect(number == (numbers[id] ?? -1) + 1)
                    }
                    numbers[id] = number
                }
            }
            #expect(reads == 5_000)
            #expect(numbers.values.allSatisfy { $0 == 1 })
            print("snapshot: \(reads) rows, then \(changes) changes")
            kill(capture.process.pid, SIGTERM)
            #expect(await capture.process.exit() == .status(0))
            await nats.close()
            await stack.stack.stop()
        }
    }
}
