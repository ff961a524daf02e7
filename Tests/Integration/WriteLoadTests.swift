// Writes under load, with servers away, and at the limits.
import Foundation
import JSON
import JetStream
import Stack
import Testing

extension Integration {
    @Suite("Write load", .serialized)
    struct WriteLoad {
        /// Sends a batch of lines.
        private func batch(_ lines: [String], to table: String, at gateway: String) async throws -> [JSONValue] {
            let answer = try await HTTPCalls.send(
                "POST", gateway + "/\(table)/batch", headers: [("Content-Type", "application/x-ndjson")],
                body: Array(lines.joined(separator: "\n").utf8))
            #expect(answer.status == 200, "\(answer.text.prefix(300))")
            return try answer.text.split(separator: "\n").map { try JSONDocument(parsing: String($0)).root }
        }

        /// How the operations of a batch's answers ended, as `completed` or the code of the failure.
        private func ends(_ answers: [JSONValue], on stack: IntegrationStack) async throws -> [String] {
            let ids = answers.compactMap { $0["body"]?["operationId"]?.string }
            #expect(ids.count == answers.count)
            let deadline = ContinuousClock.now + .seconds(30)
            while true {
                let list = ids.map { "'\($0)'" }.joined(separator: ",")
                let rows = try await stack.rows(
                    "SELECT operation_id, status, coalesce(error ->> 'code', '') FROM write_operations WHERE operation_id IN (\(list))"
                )
                if rows.count == ids.count {
                    let ends = Dictionary(rows.map { ($0[0], $0[1] == "completed" ? "completed" : $0[2]) }) { $1 }
                    return ids.map { ends[$0] ?? "missing" }
                }
                try #require(ContinuousClock.now < deadline, "\(rows.count) of \(ids.count) have ended")
                try await Task.sleep(for: .milliseconds(50))
            }
        }

        @Test("a batch of 500 with 50 that fail, of four kinds: those fail with their reasons, the others complete")
        func failuresInBatch() async throws {
            let stack = try await IntegrationStack.shared()
            let taken = "\(UUID().uuidString)@example.com"
            let first = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey, Bodies.user("First", email: taken)))
            _ = try await first.end(on: stack)
            var lines: [(line: String, end: String)] = (0..<450).map { _ in
                (#"{"idempotencyKey":"\#(Operation.newKey)","data":\#(Bodies.user())}"#, "completed")
            }
            for number in 0..<50 {
                let id = UUID().uuidString.lowercased()
                let key = Operation.newKey
                switch number % 4 {
                case 0:
                    lines.append(
                        (#"{"idempotencyKey":"\#(key)","data":\#(Bodies.user("x", email: taken))}"#, "unique_violation")
                    )
                case 1:
                    lines.append(
                        (#"{"idempotencyKey":"\#(key)","op":"update","id":"\#(id)","data":{"name":"x"}}"#, "not_found"))
                case 2: lines.append((#"{"idempotencyKey":"\#(key)","op":"delete","id":"\#(id)"}"#, "not_found"))
                default:
                    lines.append(
                        (
                            #"{"idempotencyKey":"\#(key)","op":"upsert","id":"\#(id)","data":\#(Bodies.user("x", email: taken))}"#,
                            "unique_violation"
                        ))
                }
            }
            lines.shuffle()
            let answers = try await batch(lines.map(\.line), to: "users", at: stack.gateway)
            let ends = try await ends(answers, on: stack)
            #expect(ends == lines.map(\.end))
        }

        @Test("ten operations on one row in one batch take effect in the order of their lines")
        func oneRow() async throws {
            let stack = try await IntegrationStack.shared()
            let id = UUID().uuidString.lowercased()
            var lines = [
                #"{"idempotencyKey":"\#(Operation.newKey)","op":"upsert","id":"\#(id)","data":\#(Bodies.user("0"))}"#
            ]
            for number in 1...8 {
                lines.append(
                    #"{"idempotencyKey":"\#(Operation.newKey)","op":"update","id":"\#(id)","data":{"name":"\#(number)"}}"#
                )
            }
            lines.append(#"{"idempotencyKey":"\#(Operation.newKey)","op":"delete","id":"\#(id)"}"#)
            lines.append(
                #"{"idempotencyKey":"\#(Operation.newKey)","op":"upsert","id":"\#(id)","data":\#(Bodies.user("last"))}"#
            )
            let answers = try await batch(lines, to: "users", at: stack.gateway)
            let ends = try await ends(answers, on: stack)
            #expect(ends == [String](repeating: "completed", count: lines.count))
            #expect(try await HTTPCalls.get(stack.readAPI + "/users/\(id)").json()["name"]?.string == "last")
        }

        @Test("one key from 50 clients through two gateways is one row and 50 same answers")
        func twoGateways() async throws {
            let stack = try await IntegrationStack.shared()
            let second = try await stack.start("jspg-gateway")
            let key = Operation.newKey
            let body = Bodies.user("Once")
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for number in 0..<50 {
                    let gateway = number % 2 == 0 ? stack.gateway : second.url
                    group.addTask { try await HTTPCalls.write(gateway + "/users", key: key, body) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 202 })
            #expect(Set(answers.map(\.text)).count == 1)
            #expect(answers.count { $0.header("Idempotency-Replayed") == nil } == 1)
            let status = try await Operation(answers[0]).end(on: stack)
            #expect(status["status"]?.string == "completed")
            #expect(try await stack.rows("SELECT count(*) FROM users WHERE name = 'Once'") == [["1"]])
        }

        @Test("who writes more than RATE_LIMIT is answered 429, and how long to wait; the lines of a batch count")
        func rateLimit() async throws {
            let stack = try await IntegrationStack.shared()
            let gateway = try await stack.start("jspg-gateway", environment: ["RATE_LIMIT": "1/m burst 4"]).url
            func line() -> String { #"{"idempotencyKey":"\#(Operation.newKey)","data":\#(Bodies.user())}"# }
            let taken = try await batch([line(), line(), line()], to: "users", at: gateway)
            #expect(taken.count == 3 && taken.allSatisfy { $0["code"]?.int64 == 202 })
            let last = try await HTTPCalls.write(gateway + "/users", key: Operation.newKey, Bodies.user())
            #expect(last.status == 202)
            let refused = try await HTTPCalls.write(gateway + "/users", key: Operation.newKey, Bodies.user())
            #expect(refused.status == 429)
            #expect((1...60).contains(Int(refused.header("Retry-After") ?? "") ?? 0))
            let lines = try await batch([line()], to: "users", at: gateway)
            #expect(lines.count == 1 && lines.allSatisfy { $0["code"]?.int64 == 429 && $0["retryAfter"] != nil })
        }

        @Test("PostgreSQL away under load: writes are accepted all the time, nothing is given up, all complete")
        func databaseAway() async throws {
            let stack = try await IntegrationStack.start()
            let first = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
            _ = try await first.end(on: stack)
            // Nothing starts it again before somebody supervises.
            if let pid = await stack.pid("postgres") { kill(pid, SIGINT) }
            let seconds = Int(ProcessInfo.processInfo.environment["JSPG_TEST_OUTAGE"] ?? "") ?? 15
            var operations: [Operation] = []
            let end = ContinuousClock.now + .seconds(seconds)
            while ContinuousClock.now < end {
                operations.append(
                    try Operation(
                        try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user())))
                try await Task.sleep(for: .milliseconds(20))
            }
            let health = try await HTTPCalls.get(stack.readAPI + "/health")
            #expect(health.status == 503)
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            for operation in operations {
                let status = try await operation.end(on: stack, within: .seconds(40))
                #expect(status["status"]?.string == "completed")
            }
            #expect(try await stack.jspg(["dlq", "list"]).text.contains("There are no dead letters."))
        }

        @Test(
            "four times the stream's size passes while processors run; without them it fills up, says so, and loses nothing"
        )
        func room() async throws {
            let stack = try await IntegrationStack.start(environment: ["STREAM_MAX_BYTES": "1048576"])
            let name = String(repeating: "n", count: 1_500)
            @Sendable func write() async throws -> Answer {
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user(name))
            }
            // The decided messages of a table that was taken out of service keep nothing else.
            try await awaiting("no processor has noted which stream it works") {
                try await stack.rows("SELECT FROM write_partitions WHERE stream_created <> ''").count > 0
            }
            let nats = try await stack.nats()
            let retired = try await JetStream(nats).publish("writes.retired.0", payload: Array("{}".utf8)).sequence
            try await stack.rows(
                """
                INSERT INTO write_partitions (table_name, partition, last, stream_created)
                SELECT 'retired', 0, \(retired), max(stream_created) FROM write_partitions
                """)
            await nats.close()
            // 2,800 messages of 1.5 KiB and more.
            let operations = try await withThrowingTaskGroup(of: [Operation].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var operations: [Operation] = []
                        for _ in 0..<350 {
                            operations.append(try Operation(try await write()))
                            // A client among others: the processors keep up.
                            try await Task.sleep(for: .milliseconds(10))
                        }
                        return operations
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(operations.count == 2_800)
            let processors = [await stack.pid("processor"), await stack.pid("processor-2")].compactMap { $0 }
            for pid in processors { kill(pid, SIGSTOP) }
            var accepted: [Operation] = []
            var refusal: Answer?
            for _ in 0..<2_000 where refusal == nil {
                let answer = try await write()
                if answer.status == 202 { accepted.append(try Operation(answer)) } else { refusal = answer }
            }
            #expect(refusal?.status == 503)
            #expect(refusal?.header("Retry-After") != nil)
            #expect(try refusal?.json()["type"]?.string == "urn:problem-type:jspg:storage-full")
            for pid in processors { kill(pid, SIGCONT) }
            for operation in operations + accepted {
                let status = try await operation.end(on: stack, within: .seconds(40))
                #expect(status["status"]?.string == "completed")
            }
        }
    }
}
