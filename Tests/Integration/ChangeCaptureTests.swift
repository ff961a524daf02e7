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
                try await awaitHit(stack.readAPI + "/changed")
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
            await stack.endCapture()
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
                let capture = try await stack.startCapture()
                // The death of one that has not come to the slot yet would be no loss.
                try await capture.await("replicating")
                try await Task.sleep(for: .milliseconds(number * 20))
                await capture.cutOff()
            }
            try await writing
            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            let early = try await jetStream.messages(
                stream: StreamName.changes, from: 1, nextBySubject: "cdc.public.captured", upTo: .max, limit: 100)
            #expect(early.count == 100, "those that were killed have published next to nothing")
            let last = try await stack.startCapture()
            try await last.await("replicating")

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
            #expect(await last.stop() == .status(0))
            await nats.close()
        }

        @Test("told by tables, a statement that changes a thousand rows is one event, and what was cached is stale")
        func tables() async throws {
            let stack = try await IntegrationStack.start()
            await stack.endCapture()
            let capture = try await stack.startCapture(environment: ["CDC_EVENTS": "tables"])
            try await capture.await("replicating")
            let made = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey, #"{"name":"Ada","email":"ada@example.org"}"#))
            _ = try await made.end(on: stack)
            try await stack.awaitChange(on: "cdc.public.users") { $0["__source_txId"] != nil }
            let before = try await stack.changes(on: "cdc.public.users").count
            try await awaitHit(stack.readAPI + "/users")

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
                try await stack.changes(on: "cdc.public.users").count >= before + 2
            }
            let told = try await stack.changes(on: "cdc.public.users")
            #expect(told.count == before + 2)
            let changes = told.filter { $0["__op"]?.string == "u" }
            #expect(changes.count >= 3 && changes.allSatisfy { $0["name"] == nil && $0["__shortened"]?.bool == true })
            #expect(await capture.stop() == .status(0))
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
            try await stack.awaitChange(on: "cdc.public.parted") {
                $0["id"]?.int64 == 1 && $0["__table"]?.string == "parted"
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
