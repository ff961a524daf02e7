// Messages that no gateway of this version would store.
import Foundation
import JSON
import JetStream
import Operations
import Stack
import Testing

extension Integration {
    @Suite("Strange messages")
    struct StrangeMessages {
        @Test(
            "an unknown operation, another table, a version from the future, a table that nobody serves: each ends with its reason, and what is behind goes on"
        )
        func messages() async throws {
            let stack = try await IntegrationStack.start(environment: ["UNSERVED_GRACE": "2"])
            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            func message(
                _ subject: String, table: String = "users", op: String = "create", version: Int = 1,
                entity: String? = nil
            ) async throws -> String {
                let id = UUID().uuidString.lowercased()
                let body =
                    #"{"operationId":"\#(id)","table":"\#(table)","op":"\#(op)","entityId":"\#(entity ?? id)","schemaVersion":\#(version),"queuedAt":"2026-11-24T00:00:00.000Z","data":\#(Bodies.user())}"#
                try await jetStream.publish(subject, payload: Array(body.utf8))
                return id
            }
            var expected: [(id: String, code: String)] = []
            expected.append((try await message("writes.users.2", op: "explode"), "unknown_operation"))
            expected.append((try await message("writes.users.2", table: "orders"), "unknown_table"))
            expected.append((try await message("writes.users.2", version: 99), "unsupported_schema_version"))
            expected.append((try await message("writes.nowhere.0", table: "nowhere"), "unknown_table"))
            // PostgreSQL has no NUL in texts.
            expected.append((try await message("writes.users.2", entity: #"a\u0000b"#), "validation_failed"))
            let good = try await message("writes.users.2")
            let old = try await message("writes.users")
            try await jetStream.publish("writes.nowhere", payload: Array("garbage".utf8))

            let deadline = ContinuousClock.now + .seconds(20)
            while true {
                let rows = try await stack.rows(
                    "SELECT operation_id, status, coalesce(error ->> 'code', '') FROM write_operations")
                let ends = Dictionary(rows.map { ($0[0], $0[1] == "completed" ? "completed" : $0[2]) }) { $1 }
                if (expected + [(good, "completed"), (old, "completed")]).allSatisfy({ ends[$0.id] == $0.code }) {
                    break
                }
                try #require(ContinuousClock.now < deadline, "\(ends) instead of \(expected)")
                try await Task.sleep(for: .milliseconds(100))
            }
            var letters = 0
            while letters < 2 {
                letters = try JSONDocument(
                    parsing: try await stack.jspg(["dlq", "list", "--table", "nowhere", "--json"]).text
                ).root.count
                try #require(ContinuousClock.now < deadline, "\(letters) dead letters")
                try await Task.sleep(for: .milliseconds(100))
            }
            let status = try await HTTPCalls.get(stack.readAPI + "/status/\(expected[3].id)").json()
            #expect(status["status"]?.string == "failed")
            await nats.close()
        }

        @Test(
            "the consumer of the plain subject serves who pulls as a member of no group, as processors of the old system do"
        )
        func plainSubject() async throws {
            let stack = try await IntegrationStack.start()
            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            for name in ["processor", "processor-2"] {
                if let pid = await stack.pid(name) { kill(pid, SIGKILL) }
            }
            try await jetStream.publish("writes.users", payload: Array("{}".utf8))
            let subscription = try jetStream.pull(
                stream: StreamName.writes, consumer: Subject.writer(table: "users", partition: Partition.plainSubject),
                options: PullOptions(batch: 1))
            var deliveries: [Delivery] = []
            // What a processor had asked for before it died may take it first.
            try await awaiting("nothing is delivered", within: .seconds(60)) {
                deliveries = try await subscription.next(max: 1)
                return !deliveries.isEmpty
            }
            #expect(deliveries[0].subject == "writes.users")
            for delivery in deliveries + subscription.stop() { delivery.reject() }
            await nats.close()
        }

        @Test("one operation that the stream has twice takes effect once, also within one batch")
        func twice() async throws {
            let stack = try await IntegrationStack.start()
            // An upsert that takes effect twice leaves the same row: what happens is noted.
            try await stack.rows("CREATE TABLE effects (user_id uuid)")
            try await stack.rows(
                """
                CREATE FUNCTION note_effect() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN INSERT INTO effects VALUES (NEW.user_id); RETURN NULL; END'
                """)
            try await stack.rows(
                """
                CREATE TRIGGER note_effect AFTER INSERT OR UPDATE ON users
                FOR EACH ROW EXECUTE FUNCTION note_effect()
                """)
            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            let processors = [await stack.pid("processor"), await stack.pid("processor-2")].compactMap { $0 }
            let before = try await batches(on: stack)
            // What comes meanwhile is in one batch afterwards.
            for pid in processors { kill(pid, SIGSTOP) }
            let ids = (0..<20).map { _ in UUID().uuidString.lowercased() }
            for id in ids {
                let body =
                    #"{"operationId":"\#(id)","table":"users","op":"upsert","entityId":"\#(id)","schemaVersion":1,"queuedAt":"2026-11-24T00:00:00.000Z","data":\#(Bodies.user())}"#
                // Without Nats-Msg-Id: what JetStream leaves out within two minutes it does not leave out later.
                for _ in 0..<2 {
                    try await jetStream.publish("writes.users.2", payload: Array(body.utf8))
                }
            }
            for pid in processors { kill(pid, SIGCONT) }
            let last = try await jetStream.streamInfo(StreamName.writes).lastSequence
            try await awaiting("not all messages are decided") {
                try await stack.rows("SELECT max(last) FROM write_partitions WHERE table_name = 'users'")
                    == [[String(last)]]
            }
            let completed = try await stack.rows("SELECT count(*) FROM write_operations WHERE status = 'completed'")
            #expect(completed == [["20"]])
            let effects = try await stack.rows("SELECT count(*), count(DISTINCT user_id) FROM effects")
            #expect(effects == [["20", "20"]])
            #expect(try await batches(on: stack) - before < 40, "each message was a batch of its own")
            await nats.close()
        }

        /// How many batches all processors have committed.
        private func batches(on stack: IntegrationStack) async throws -> Double {
            var sum = 0.0
            for name in ["processor", "processor-2"] {
                let url = try #require(stack.endpoints.urls[name])
                sum += try await Metrics(of: url).value("jspg_processor_batches_total") ?? 0
            }
            return sum
        }
    }
}
