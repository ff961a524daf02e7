// `jspg dlq replay` where more than one letter, or more than one replay, is about.
import Foundation
import JSON
import JetStream
import Logging
import Operations
import Postgres
import Stack
import Testing

extension Integration {
    @Suite("Replays of dead letters")
    struct DeadLetterReplays {
        private func letters(on stack: IntegrationStack) async throws -> Int {
            try JSONDocument(parsing: try await stack.jspg(["dlq", "list", "--json"]).text).root.count
        }

        /// Of the message with which the operation's failure is recorded; `nil` where none is, or where it was put back.
        private func failedSequence(of id: String, on stack: IntegrationStack) async throws -> String? {
            try await stack.rows(
                """
                SELECT stream_sequence FROM write_operations
                WHERE operation_id = '\(id)' AND status = 'failed' AND stream_sequence > 0
                """
            ).first?.first
        }

        @Test("all are put back but those whose payload was too large to be kept, which are named")
        func all() async throws {
            let stack = try await IntegrationStack.start()
            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            let maximum = nats.maximumPayload
            for payload in [[UInt8](repeating: 0x78, count: maximum), Array("garbage".utf8), Array("more".utf8)] {
                try await jetStream.publish("writes.users.1", payload: payload)
            }
            try await awaiting("poison is not put aside") { try await letters(on: stack) == 3 }
            let replayed = try await stack.jspg(["dlq", "replay"])
            #expect(replayed.status == 1 && replayed.text.contains("put 2 messages back"), "\(replayed.text)")
            #expect(replayed.text.contains("only the headers were kept"), "\(replayed.text)")
            // It is poison still, and comes again.
            try await awaiting("what was put back is not tried again") { try await letters(on: stack) == 3 }
            await nats.close()
        }

        @Test(
            "a letter whose failure is not recorded yet stays; one that came back from a copy takes no later end away")
        func undecidedAndRepeated() async throws {
            let stack = try await IntegrationStack.start()
            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            let other = try await PostgresConnection.connect(
                PostgresConfiguration(url: stack.database, applicationName: "other"), logger: Logger(label: "tests"))
            Teardown.current?.add { _ in await other.close() }
            try await other.run { connection in
                try connection.query("BEGIN")
                try connection.query("LOCK TABLE write_partitions IN SHARE MODE")
            }
            // Names an operation and nothing that could be done.
            let id = UUID().uuidString.lowercased()
            try await jetStream.publish("writes.users.1", payload: Array(#"{"operationId":"\#(id)"}"#.utf8))
            try await awaiting("poison is not put aside") { try await letters(on: stack) == 1 }
            let early = try await stack.jspg(["dlq", "replay"])
            #expect(early.status == 1 && early.text.contains("is not recorded yet"), "\(early.text)")
            #expect(try await letters(on: stack) == 1)
            try await other.run { connection in _ = try connection.query("COMMIT") }
            await other.close()
            func sequence() async throws -> String? { try await failedSequence(of: id, on: stack) }
            try await awaiting("the failure is not recorded") { try await sequence() != nil }
            let first = try await sequence()
            let subject = Subject.deadLetters(table: "users")
            let stored = try await jetStream.messages(
                stream: StreamName.deadLetters, from: 1, nextBySubject: subject, upTo: .max, limit: 10)
            let copy = try #require(stored.first)

            let replayed = try await stack.jspg(["dlq", "replay"])
            #expect(replayed.status == 0 && replayed.text.contains("put 1 message back"), "\(replayed.text)")
            try await awaiting("what was put back does not fail again") {
                let now = try await sequence()
                return now != nil && now != first
            }
            let second = try await sequence()
            try await awaiting("it has no dead letter of its own") { try await letters(on: stack) == 1 }

            // Of the second failure nothing is put back; a copy of the first one's letter is, and the second is still told.
            let purged = try await stack.jspg(["dlq", "purge", "--yes"])
            #expect(purged.status == 0, "\(purged.text)")
            var headers = copy.headers
            headers[MessageHeader.messageID] = nil
            try await jetStream.publish(copy.subject, headers: headers, payload: copy.payload)
            let again = try await stack.jspg(["dlq", "replay"])
            #expect(again.status == 0 && again.text.contains("put 1 message back"), "\(again.text)")
            #expect(try await sequence() == second)
            await nats.close()
        }

        @Test("a write that no processor serves and that was put back fails again when it is given up again")
        func unserved() async throws {
            let stack = try await IntegrationStack.start(environment: ["UNSERVED_GRACE": "2"])
            let nats = try await stack.nats()
            let id = UUID().uuidString.lowercased()
            try await JetStream(nats).publish("writes.unserved.0", payload: Array(#"{"operationId":"\#(id)"}"#.utf8))
            func recorded() async throws -> String? { try await failedSequence(of: id, on: stack) }
            try await awaiting("it is not given up") { try await recorded() != nil }
            let first = try await recorded()
            try await awaiting("it has no dead letter") { try await letters(on: stack) == 1 }

            let replayed = try await stack.jspg(["dlq", "replay"])
            #expect(replayed.status == 0 && replayed.text.contains("put 1 message back"), "\(replayed.text)")
            try await awaiting("what was put back is not given up again") {
                let now = try await recorded()
                return now != nil && now != first
            }
            await nats.close()
        }

        @Test("what is put back while no processor runs does not look as if the stream of writes had lost its end")
        func whileStopped() async throws {
            let stack = try await IntegrationStack.start()
            let nats = try await stack.nats()
            let id = UUID().uuidString.lowercased()
            try await JetStream(nats).publish("writes.users.1", payload: Array(#"{"operationId":"\#(id)"}"#.utf8))
            func recorded() async throws -> [[String]] {
                try await stack.rows(
                    "SELECT stream_sequence FROM write_operations WHERE operation_id = '\(id)' AND stream_sequence > 0")
            }
            try await awaiting("the failure is not recorded") { try await !recorded().isEmpty }
            let first = try await recorded()
            for name in ["processor", "processor-2"] { kill(try #require(await stack.pid(name)), SIGKILL) }

            let replayed = try await stack.jspg(["dlq", "replay"])
            #expect(replayed.status == 0 && replayed.text.contains("put 1 message back"), "\(replayed.text)")
            #expect(try await recorded().isEmpty, "its end is not forgotten")
            let status = try await HTTPCalls.get(stack.readAPI + "/status/\(id)")
            #expect(try status.json()["status"]?.string == "queued", "\(status.text)")
            let processor = try await stack.start("jspg-processor")
            try await awaiting("what was put back does not fail again") {
                let now = try await recorded()
                return !now.isEmpty && now != first
            }
            let log = try String(contentsOfFile: processor.process.command.logFile, encoding: .utf8)
            #expect(!log.contains("lost its end"), "\(log)")
            await nats.close()
        }
    }
}
