// What holds where JetStream has lost what PostgreSQL knows of.
import Foundation
import JSON
import JetStream
import Operations
import Stack
import Synchronization
import Testing

extension Integration {
    @Suite("Lost streams and consumers")
    struct LostStreams {
        /// Whether clients may stop to write.
        private final class Removals: Sendable {
            let areOver = Atomic(false)
        }

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

        @Test("streams that are gone while hosts run, as where nats-server has lost its disk, are made anew")
        func streamsGone() async throws {
            let stack = try await IntegrationStack.start()
            let nats = try await stack.nats()
            #expect(try await write(on: stack) == "completed")
            for name in [StreamName.writes, StreamName.deadLetters] {
                try await stack.removeStream(name)
            }
            try await awaiting("no write is taken and completed", within: .seconds(60)) {
                let answer = try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user())
                guard answer.status == 202 else { return false }
                return try await Operation(answer).end(on: stack)["status"]?.string == "completed"
            }
            // The stream of dead letters alone: nothing behind a poison message waits for ever.
            try await stack.removeStream(StreamName.deadLetters)
            for partition in 0..<Partition.count {
                try await JetStream(nats).publish("writes.users.\(partition)", payload: Array("garbage".utf8))
            }
            #expect(try await write(on: stack) == "completed")
            try await awaiting("poison is not put aside") {
                try JSONDocument(parsing: try await stack.jspg(["dlq", "list", "--json"]).text).root.count
                    == Partition.count
            }
            await nats.close()
        }

        @Test("writes of a table that was served wait for it without its consumers, too")
        func withoutConsumers() async throws {
            let stack = try await IntegrationStack.start(environment: ["UNSERVED_GRACE": "2"])
            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            // As after a restore: known in PostgreSQL, by no host here, and without consumers.
            try await stack.rows(
                "INSERT INTO write_partitions (table_name, partition) VALUES ('served', -1), ('served', 0)")
            for table in ["served", "unserved"] {
                try await jetStream.publish("writes.\(table).0", payload: Array("{}".utf8))
            }
            try await awaiting("what nobody has ever served is not given up") {
                try await jetStream.subjects(stream: StreamName.writes, filter: "writes.unserved.>").isEmpty
            }
            #expect(
                try await jetStream.subjects(stream: StreamName.writes, filter: "writes.served.>")
                    == ["writes.served.0"])
            await nats.close()
        }

        @Test("consumers that somebody removes again and again while clients write: every write ends, once")
        func removedUnderLoad() async throws {
            let stack = try await IntegrationStack.start(environment: ["UNSERVED_GRACE": "2"])
            let nats = try await stack.nats()
            let removals = Removals()
            let operations = try await withThrowingTaskGroup(of: [Operation].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var mine: [Operation] = []
                        while !removals.areOver.load(ordering: .relaxed) {
                            mine.append(
                                try Operation(
                                    try await HTTPCalls.write(
                                        stack.gateway + "/users", key: Operation.newKey, Bodies.user())))
                        }
                        return mine
                    }
                }
                group.addTask {
                    defer { removals.areOver.store(true, ordering: .relaxed) }
                    for round in 0..<40 {
                        // Not all at a time, so that some are busy while their own goes.
                        let name = Subject.writer(table: "users", partition: round % Partition.count)
                        do {
                            try await JetStream(nats).deleteConsumer(stream: StreamName.writes, name: name)
                        } catch let error as JetStreamError where error.kind == .notFound {
                            // Not made anew yet.
                        }
                        try await Task.sleep(for: .milliseconds(.random(in: 20...150)))
                    }
                    return []
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(operations.count > 200)
            for operation in operations {
                #expect(try await operation.end(on: stack, within: .seconds(60))["status"]?.string == "completed")
            }
            let counts = try await stack.rows(
                "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM write_operations)")
            #expect(counts == [[String(operations.count), String(operations.count)]])
            #expect(try await stack.jspg(["dlq", "list"]).text.contains("There are no dead letters."))
            await nats.close()
        }
    }
}
