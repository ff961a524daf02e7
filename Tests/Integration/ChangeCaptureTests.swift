// jspg-cdc: changes by others show, and none is lost.
import Foundation
import JSON
import JetStream
import Logging
import Operations
import Postgres
import Stack
import Testing

extension Integration {
    @Suite("Change data capture", .serialized)
    struct ChangeCapture {
        /// Starts a capture process of the test's own. It is stopped when the test is over.
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
            Teardown.current?.add { _ in await process.stop() }
            return (process, "http://127.0.0.1:\(port)", log)
        }

        private func awaitState(_ state: String, at url: String) async throws {
            try await awaiting("\(url) is not \(state)") {
                (try? await HTTPCalls.get(url + "/health").json()["state"]?.string) == state
            }
        }

        /// The events on a subject that are in the stream now.
        private func events(on subject: String, of stack: IntegrationStack) async throws -> [JSONValue] {
            let nats = try await stack.nats()
            let messages = try await JetStream(nats).messages(
                stream: StreamName.changes, from: 1, nextBySubject: subject, upTo: .max, limit: .max)
            await nats.close()
            return try messages.map { try JSONDocument(parsing: $0.payload).root }
        }

        private func awaitEvent(
            on subject: String, of stack: IntegrationStack, where isWanted: (JSONValue) -> Bool
        ) async throws {
            try await awaiting("the event does not come on \(subject)") {
                try await events(on: subject, of: stack).contains(where: isWanted)
            }
        }

        @Test("rows that plain SQL changes are fresh through the API, and the lag is told")
        func plainSQL() async throws {
            let stack = try await IntegrationStack.shared()
            try await FixturePlugin.serve("changed", on: stack)
            let made = try Operation(
                try await HTTPCalls.write(stack.gateway + "/changed", key: Operation.newKey, #"{"name":"0"}"#))
            let id = try await made.end(on: stack)["entityId"]?.string ?? ""
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
            for number in 0..<10 {
                let (process, url, _) = try await self.start(stack)
                // The death of one that has not come to the slot yet would be no loss.
                try await awaitState("replicating", at: url)
                try await Task.sleep(for: .milliseconds(number * 20))
                kill(process.pid, SIGKILL)
                _ = await process.exit()
            }
            try await writing
            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            let early = try await jetStream.messages(
                stream: StreamName.changes, from: 1, nextBySubject: "cdc.public.captured", upTo: .max, limit: 100)
            #expect(early.count == 100, "those that were killed have published next to nothing")
            let last = try await self.start(stack)
            try await awaitState("replicating", at: last.url)

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
            try await drop("jspg_cdc", of: stack)
            try await stack.rows("UPDATE users SET name = 'Grace'")
            let third = try await start(stack)
            try await awaitState("replicating", at: third.url)
            let log = try String(contentsOfFile: third.log, encoding: .utf8)
            #expect(log.contains("changes may have been missed: the slot is gone"))
            try await awaiting("the old name is still served") {
                try await HTTPCalls.get(stack.readAPI + "/users").text.contains("Grace")
            }
            kill(third.process.pid, SIGTERM)
            _ = await third.process.exit()
        }

        @Test("told by tables, a statement that changes a thousand rows is one event, and what was cached is stale")
        func tables() async throws {
            let stack = try await IntegrationStack.start()
            if let pid = await stack.pid("cdc") { kill(pid, SIGKILL) }
            let capture = try await start(stack, environment: ["CDC_EVENTS": "tables"])
            try await awaitState("replicating", at: capture.url)
            let made = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey, #"{"name":"Ada","email":"ada@example.org"}"#))
            _ = try await made.end(on: stack)
            try await awaitEvent(on: "cdc.public.users", of: stack) { $0["__source_txId"] != nil }
            let before = try await events(on: "cdc.public.users", of: stack).count
            for _ in 0..<2 { _ = try await HTTPCalls.get(stack.readAPI + "/users") }

            // The new rows are behind the one that is looked for: the newest come first.
            try await stack.rows(
                """
                WITH changed AS (UPDATE users SET name = 'Grace' RETURNING 1)
                INSERT INTO users (user_id, name, email, created_at)
                SELECT gen_random_uuid(), 'many', n || '@example.org', timestamptz '2020-01-01'
                FROM generate_series(1, 1000) n
                """)
            try await awaiting("the old name is still served") {
                try await HTTPCalls.get(stack.readAPI + "/users").text.contains("Grace")
            }
            // The one after it is told after it.
            try await stack.rows("UPDATE users SET name = 'Hopper' WHERE name = 'Grace'")
            try await awaiting("the last change is not told") {
                try await events(on: "cdc.public.users", of: stack).count >= before + 2
            }
            let told = try await events(on: "cdc.public.users", of: stack)
            #expect(told.count == before + 2)
            let changes = told.filter { $0["__op"]?.string == "u" }
            #expect(changes.count >= 3 && changes.allSatisfy { $0["name"] == nil && $0["__shortened"]?.bool == true })
            kill(capture.process.pid, SIGTERM)
            #expect(await capture.process.exit() == .status(0))
        }

        @Test("an initial snapshot: every row once as of the slot's beginning, then each change after it")
        func initialSnapshot() async throws {
            let stack = try await IntegrationStack.start()
            if let pid = await stack.pid("cdc") { kill(pid, SIGKILL) }
            try await drop("jspg_cdc", of: stack)
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
        }

        @Test("of two processes that begin together one takes the initial snapshot, and the other stands by")
        func twoSnapshots() async throws {
            let stack = try await IntegrationStack.shared()
            let count = 20_000
            try await stack.rows("CREATE TABLE once (id int PRIMARY KEY, note text)")
            try await stack.rows("INSERT INTO once SELECT n, repeat('x', 500) FROM generate_series(1, \(count)) n")
            try await stack.rows("CREATE PUBLICATION once FOR TABLE once")
            Teardown.current?.add { _ in _ = try? await drop("once", of: stack) }
            let environment = ["CDC_SNAPSHOT": "initial", "CDC_PUBLICATION": "once"]
            let captures = [
                try await start(stack, slot: "once", environment: environment),
                try await start(stack, slot: "once", environment: environment),
            ]
            try await awaiting("they are not one that replicates and one that stands by", within: .seconds(60)) {
                var states: [String] = []
                for capture in captures {
                    let health = try? await HTTPCalls.get(capture.url + "/health").json()
                    states.append(health?["state"]?.string ?? "")
                }
                return states.sorted() == ["replicating", "standby"]
            }
            let reads = try await events(on: "cdc.public.once", of: stack).filter { $0["__op"]?.string == "r" }
            #expect(reads.count == count)
            #expect(Set(reads.map { $0["id"]?.int64 }).count == count)
            for capture in captures {
                kill(capture.process.pid, SIGTERM)
                #expect(await capture.process.exit() == .status(0))
            }
        }

        @Test("a publication that is not there yet is waited for, without a slot; WAL that is kept meanwhile is told")
        func laterPublication() async throws {
            let stack = try await IntegrationStack.shared()
            try await stack.rows("CREATE TABLE later (id int PRIMARY KEY)")
            Teardown.current?.add { _ in _ = try? await drop("later", of: stack) }
            let capture = try await start(stack, slot: "later", environment: ["CDC_PUBLICATION": "later"])
            try await awaitState("waiting", at: capture.url)
            let reason = try await HTTPCalls.get(capture.url + "/health").json()["reason"]?.string ?? ""
            #expect(reason.contains("the publication later is not in the database"), "\(reason)")
            #expect(try await stack.rows("SELECT 1 FROM pg_replication_slots WHERE slot_name = 'later'").isEmpty)

            // Somebody else's slot, for which nothing is confirmed.
            try await stack.rows("SELECT pg_create_logical_replication_slot('later', 'pgoutput')")
            try await awaiting("nothing is told of the WAL") {
                try await HTTPCalls.get(capture.url + "/health").json()["walKeptBytes"]?.int64 != nil
            }
            try await stack.rows("CREATE PUBLICATION later FOR TABLE later")
            try await awaitState("replicating", at: capture.url)
            try await stack.rows("INSERT INTO later VALUES (1)")
            try await awaitEvent(on: "cdc.public.later", of: stack) { $0["id"]?.int64 == 1 }
            kill(capture.process.pid, SIGTERM)
            #expect(await capture.process.exit() == .status(0))
        }

        @Test("while no captured table changes, the position is confirmed all the same: no WAL is kept for it")
        func idlePosition() async throws {
            let stack = try await IntegrationStack.shared()
            try await stack.rows("CREATE TABLE uncaptured (id int)")
            try await stack.rows("INSERT INTO uncaptured SELECT generate_series(1, 1000)")
            let position = try await stack.rows("SELECT pg_current_wal_lsn()")[0][0]
            try await stack.rows("INSERT INTO uncaptured SELECT generate_series(1, 1000)")
            try await awaiting("the position is not confirmed") {
                try await stack.rows(
                    """
                    SELECT confirmed_flush_lsn >= '\(position)' FROM pg_replication_slots
                    WHERE slot_name = 'jspg_cdc'
                    """) == [["t"]]
            }
        }

        @Test("a table whose rows PostgreSQL can't tell apart is not published, so that it can be changed")
        func replicaIdentity() async throws {
            let stack = try await IntegrationStack.shared()
            try await stack.rows("CREATE TABLE unkeyed (id int NOT NULL UNIQUE, name text)")
            try await stack.rows("INSERT INTO unkeyed VALUES (1, 'a')")
            #expect(try await !isPublished("unkeyed", on: stack))
            try await stack.rows("UPDATE unkeyed SET name = 'b'")
            try await stack.rows("ALTER TABLE unkeyed REPLICA IDENTITY USING INDEX unkeyed_id_key")
            #expect(try await isPublished("unkeyed", on: stack))
            try await stack.rows("UPDATE unkeyed SET name = 'c'")
            // It is published, and loses what told its rows apart.
            try await stack.rows("ALTER TABLE unkeyed DROP CONSTRAINT unkeyed_id_key")
            #expect(try await !isPublished("unkeyed", on: stack))
            try await stack.rows("DELETE FROM unkeyed")
            try await stack.rows("ALTER TABLE unkeyed REPLICA IDENTITY FULL")
            #expect(try await isPublished("unkeyed", on: stack))
        }

        @Test("changes of a partition are told as their table's, also where the publication was made before that")
        func partitions() async throws {
            let stack = try await IntegrationStack.shared()
            try await stack.rows("CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)")
            try await stack.rows("CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10)")
            try await stack.rows("ALTER PUBLICATION jspg_cdc SET (publish_via_partition_root = false)")
            #expect(try await isPublished("parted", on: stack))
            try await stack.rows("INSERT INTO parted VALUES (1)")
            try await awaitEvent(on: "cdc.public.parted", of: stack) {
                $0["id"]?.int64 == 1 && $0["__table"]?.string == "parted"
            }
        }

        /// So that the stack's PostgreSQL keeps no WAL for it. A session that was ended may hold it for a moment.
        private func drop(_ slot: String, of stack: IntegrationStack) async throws {
            try await awaiting("the slot \(slot) is still in use") {
                _ = try? await stack.rows(
                    """
                    SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
                    WHERE slot_name = '\(slot)' AND NOT active
                    """)
                return try await stack.rows("SELECT 1 FROM pg_replication_slots WHERE slot_name = '\(slot)'").isEmpty
            }
        }

        /// Sees to the publication as a processor does.
        private func isPublished(_ table: String, on stack: IntegrationStack) async throws -> Bool {
            let connection = try await PostgresConnection.connect(
                PostgresConfiguration(url: stack.database, applicationName: "tests"), logger: Logger(label: "tests"))
            let isPublished = try await connection.run { connection in
                try ChangePublication.ensure(table: table, on: connection)
                return try ChangePublication.contains(table, on: connection)
            }
            await connection.close()
            return isPublished
        }
    }
}
