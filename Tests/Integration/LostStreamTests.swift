// What holds where JetStream has lost what PostgreSQL knows of.
import Foundation
import JSON
import JetStream
import Operations
import Stack
import Testing

extension Integration {
    @Suite("Lost streams and consumers")
    struct LostStreams {
        private func write(on stack: IntegrationStack) async throws -> String? {
            let write = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
            return try await write.end(on: stack)["status"]?.string
        }

        @Test("writes in a stream that was made anew are not taken for those that were decided in the one before")
        func otherStream() async throws {
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            #expect(try await write(on: stack) == "completed")
            #expect(try await stack.rows("SELECT DISTINCT stream_created <> '' FROM write_partitions").contains(["t"]))
            // As if they had been decided in another one: known by when that was made, or by its length alone; or as if this
            // one had lost its end.
            for created in ["'2020-01-01T00:00:00Z'", "NULL", "stream_created"] {
                try await stack.rows("UPDATE write_partitions SET last = 1000000, stream_created = \(created)")
                try await stack.killAndAwaitRestart("processor")
                try await stack.killAndAwaitRestart("processor-2")
                for _ in 0..<10 { #expect(try await write(on: stack) == "completed") }
            }
            // As if it had lost its end and been written past it again: under the sequence that was decided last in its
            // partition there is a message that nobody has seen.
            let unseen = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
            #expect(try await unseen.end(on: stack)["status"]?.string == "completed")
            try await stack.rows("DELETE FROM write_operations WHERE operation_id = '\(unseen.id)'")
            try await stack.rows("DELETE FROM users WHERE user_id = '\(unseen.entityID)'")
            try await stack.killAndAwaitRestart("processor")
            try await stack.killAndAwaitRestart("processor-2")
            try await awaiting("it was not looked for") {
                try await stack.rows("SELECT count(*) FROM users WHERE user_id = '\(unseen.entityID)'") == [["1"]]
            }
        }

        @Test("a consumer and a partition's row that somebody removed are made anew")
        func removed() async throws {
            let stack = try await IntegrationStack.start(environment: ["UNSERVED_GRACE": "2"])
            let nats = try await stack.nats()
            for partition in 0..<Partition.count {
                try await JetStream(nats).deleteConsumer(
                    stream: StreamName.writes, name: Subject.writer(table: "users", partition: partition))
            }
            for _ in 0..<10 { #expect(try await write(on: stack) == "completed") }
            try await stack.rows("DELETE FROM write_partitions WHERE table_name = 'users'")
            for _ in 0..<10 { #expect(try await write(on: stack) == "completed") }
            await nats.close()
        }
    }
}
