// An operation that kills the process that works on it, and good ones that must not be taken for such.
import Foundation
import JSON
import JetStream
import Operations
import Stack
import Testing

extension Integration {
    @Suite("Poison")
    struct Poison {
        /// A signal handler tells that it was the plugin. No handler sees SIGKILL, so there is only the count of how often
        /// work began at the message: three of these ended a process, and a processor that lives counts when it begins, too.
        @Test(
            "a processor that ends or hangs in prepare: the operation ends failed, every other one completed",
            arguments: [
                (
                    "TRAP_IN_PREPARE",
                    ["crashed in prepare (signal 4, Illegal instruction) on this operation, 2 times"]
                ),
                ("LOOP_IN_PREPARE", ["did not return from prepare on this operation, 2 times"]),
                ("KILL_IN_PREPARE", ["The processor ended 3 times", "The processor ended 4 times"]),
            ])
        func endInPrepare(macro: String, reasons: [String]) async throws {
            // Of its own: its processors die again and again.
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            try await FixturePlugin.serve("traps", [macro], on: stack)
            var operations: [(name: String, operation: Operation)] = []
            for number in 0..<200 {
                let name = number == 60 ? "trap" : "name \(number)"
                let answer = try await HTTPCalls.write(
                    stack.gateway + "/traps", key: Operation.newKey, #"{"name":"\#(name)"}"#)
                operations.append((name, try Operation(answer)))
            }
            for (name, operation) in operations {
                let status = try await operation.end(on: stack, within: .seconds(60))
                #expect(status["status"]?.string == (name == "trap" ? "failed" : "completed"))
                if name == "trap" {
                    #expect(status["problem"]?["code"]?.string == "poison_message")
                    let reason = status["problem"]?["message"]?.string ?? ""
                    #expect(reasons.contains { reason.contains($0) }, "\(reason)")
                }
            }
        }

        @Test("poison in an atomic batch is put aside, and what was stored with it completes")
        func inAtomicBatch() async throws {
            let stack = try await IntegrationStack.start(environment: ["UNSERVED_GRACE": "2"])
            let nats = try await stack.nats()
            func message(_ subject: String, table: String = "users") -> NATSMessage {
                let id = UUID().uuidString.lowercased()
                let body =
                    #"{"operationId":"\#(id)","table":"\#(table)","op":"create","entityId":"\#(id)","schemaVersion":1,"queuedAt":"2026-11-24T00:00:00.000Z","data":\#(Bodies.user())}"#
                return NATSMessage(
                    subject: subject, headers: [MessageHeader.messageID: id], payload: Array(body.utf8))
            }
            _ = try await JetStream(nats).publishAtomicBatch([
                message("writes.users.2"), NATSMessage(subject: "writes.users.2", payload: Array("garbage".utf8)),
                message("writes.users.2"), message("writes.nowhere.0", table: "nowhere"), message("writes.users.2"),
            ])
            try await awaiting("what was stored with poison does not complete") {
                try await stack.rows("SELECT count(*) FROM write_operations WHERE status = 'completed'") == [["3"]]
            }
            try await awaiting("poison is not put aside") {
                let list = try await stack.jspg(["dlq", "list", "--json"])
                return try JSONDocument(parsing: list.text).root.count == 2
            }
            await nats.close()
        }

        @Test("writes wait while PostgreSQL has no room or lacks a table of the hosts, and none is given up")
        func refused() async throws {
            let stack = try await IntegrationStack.start()
            for name in ["processor", "processor-2"] {
                let pid = try #require(await stack.pid(name), "\(name) does not run")
                kill(pid, SIGKILL)
            }
            let alone = try await stack.start("jspg-processor")
            func write() async throws -> Operation {
                try Operation(
                    try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
            }
            func metric(_ name: String) async throws -> Int? {
                let text = try await HTTPCalls.get(alone.url + "/metrics").text
                return text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.flatMap {
                    Int($0.dropFirst(name.count + 1))
                }
            }

            try await stack.rows(
                """
                CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN RAISE EXCEPTION USING ERRCODE = ''53100''; END'
                """)
            try await stack.rows(
                "CREATE TRIGGER no_room BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION no_room()")
            let first = try await write()
            try await Task.sleep(for: .seconds(3))
            let retries = try await metric("jspg_processor_retries_total") ?? -1
            #expect((3..<50).contains(retries), "it tries again, and not all the time")
            try await awaiting("the processor does not say that PostgreSQL takes no writes") {
                try await HTTPCalls.get(alone.url + "/health").status == 503
            }
            try await stack.rows("DROP TRIGGER no_room ON users")
            #expect(try await first.end(on: stack)["status"]?.string == "completed")
            #expect(try await HTTPCalls.get(alone.url + "/health").status == 200)
            #expect(try await metric("jspg_processor_database_available") == 1)
            let log = try String(contentsOfFile: alone.process.command.logFile, encoding: .utf8)
            #expect(log.components(separatedBy: "takes no writes").count == 2, "it is logged once")

            // Each failure ends the worker, which is started again; its process lives.
            try await stack.rows("ALTER TABLE write_operations RENAME TO elsewhere")
            let second = try await write()
            try await Task.sleep(for: .seconds(6))
            try await stack.rows("ALTER TABLE elsewhere RENAME TO write_operations")
            #expect(try await second.end(on: stack)["status"]?.string == "completed")
        }

        @Test("a constraint that is checked at the commit fails its own operation alone, and waits for a parent")
        func deferredConstraint() async throws {
            let stack = try await IntegrationStack.start()
            try await stack.rows(
                "ALTER TABLE orders ALTER CONSTRAINT orders_user_id_fkey DEFERRABLE INITIALLY DEFERRED")
            func order(of user: String) async throws -> Operation {
                try Operation(
                    try await HTTPCalls.write(
                        stack.gateway + "/orders", key: Operation.newKey, Bodies.order(user: user)))
            }
            let orphan = try await order(of: UUID().uuidString)
            var operations: [Operation] = []
            for _ in 0..<40 {
                let user = try Operation(
                    try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
                operations += [user, try await order(of: user.entityID)]
            }
            for operation in operations {
                #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            }
            let status = try await orphan.end(on: stack)
            #expect(status["status"]?.string == "failed")
            #expect(status["problem"]?["code"]?.string == "foreign_key_violation")
        }
    }
}
