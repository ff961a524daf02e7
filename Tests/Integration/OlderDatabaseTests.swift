// PostgreSQL that comes back without its last transactions: a standby that lagged was promoted, or a backup was restored.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("PostgreSQL without its last transactions")
    struct OlderDatabase {
        private func write(_ name: String, to id: String? = nil, on stack: IntegrationStack) async throws -> Operation {
            let url = stack.gateway + "/users" + (id.map { "/\($0)" } ?? "")
            let body = id == nil ? Bodies.user(name) : #"{"name":"\#(name)"}"#
            let operation = try Operation(
                try await HTTPCalls.write(url, method: id == nil ? "POST" : "PATCH", key: Operation.newKey, body))
            #expect(try await operation.end(on: stack)["status"]?.string == "completed")
            return operation
        }

        /// As it was before the first write.
        private func forget(on stack: IntegrationStack) async throws {
            try await stack.rows(
                """
                WITH rows AS (DELETE FROM users), operations AS (DELETE FROM write_operations)
                UPDATE write_partitions SET last = 0 WHERE table_name = 'users'
                """)
        }

        private func awaitAll(_ operations: [Operation], names: Set<String>, on stack: IntegrationStack) async throws {
            try await awaiting("what was lost is not worked again", within: .seconds(30)) {
                let ids = try await stack.rows(
                    "SELECT operation_id FROM write_operations WHERE status = 'completed'")
                return Set(ids.map { $0[0] }) == Set(operations.map(\.id))
            }
            #expect(Set(try await stack.rows("SELECT name FROM users").map { $0[0] }) == names)
        }

        @Test("while processors run: the next write of a partition waits for what was lost, and all is in order")
        func behindRunningProcessors() async throws {
            let stack = try await IntegrationStack.start()
            var operations: [Operation] = []
            for number in 0..<30 { operations.append(try await write("first \(number)", on: stack)) }
            try await forget(on: stack)
            // Fails where its create is not there; takes no effect where it is overtaken by it.
            for (number, made) in operations.enumerated() {
                operations.append(try await write("second \(number)", to: made.entityID, on: stack))
            }
            try await awaitAll(operations, names: Set((0..<30).map { "second \($0)" }), on: stack)
        }

        @Test("once the connection was lost, quiet partitions too are worked again")
        func quietPartitions() async throws {
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            var operations: [Operation] = []
            for number in 0..<30 { operations.append(try await write("first \(number)", on: stack)) }
            try await forget(on: stack)
            try await stack.killAndAwaitRestart("postgres")
            operations.append(try await write("last", on: stack))
            try await awaitAll(operations, names: Set((0..<30).map { "first \($0)" } + ["last"]), on: stack)
        }
    }
}
