// Everything dies, now and then, while clients write.
import Foundation
import JSON
import JetStream
import Operations
import Stack
import Synchronization
import Testing

extension Integration {
    @Suite("Chaos")
    struct Chaos {
        private static let operations = 20_000
        private static let entities = 500
        private static let clients = 10

        /// What every row must be in the end, by applying the stream's messages one by one.
        private struct Model {
            struct Row: Equatable {
                var name: String
                /// How often it was changed since it was made.
                var changes: Int
            }

            private(set) var rows: [String: Row] = [:]
            /// By operation: nil where it completes, else the code of its failure.
            private(set) var outcomes: [OperationID: String?] = [:]

            mutating func apply(_ envelope: Envelope) throws {
                let name = try? JSONDocument(parsing: envelope.data).root["name"]?.string
                let before = rows[envelope.entityID]
                var failure: String?
                switch envelope.kind {
                case .create:
                    if before == nil {
                        rows[envelope.entityID] = Row(name: name ?? "", changes: 0)
                    } else {
                        failure = "unique_violation"
                    }
                case .upsert:
                    rows[envelope.entityID] = Row(name: name ?? "", changes: before.map { $0.changes + 1 } ?? 0)
                case .update:
                    if let before {
                        rows[envelope.entityID] = Row(name: name ?? before.name, changes: before.changes + 1)
                    } else {
                        failure = "not_found"
                    }
                case .delete:
                    if before == nil { failure = "not_found" }
                    rows[envelope.entityID] = nil
                }
                outcomes.updateValue(failure, forKey: envelope.operationID)
            }
        }

        /// The operations that were answered 202, and what befell processors meanwhile.
        private final class Accepted: Sendable {
            private let ids = Mutex<Set<OperationID>>([])
            let kills = Atomic(0)
            let pauses = Atomic(0)
            /// Nobody dies any more.
            let isOver = Atomic(false)

            var all: Set<OperationID> { ids.withLock { $0 } }

            func insert(_ id: OperationID) { ids.withLock { _ = $0.insert(id) } }
        }

        /// Sends until it is answered 202: the same request with the same key is stored once.
        private static func write(_ method: String, _ id: String?, _ number: Int, on stack: IntegrationStack)
            async throws -> OperationID
        {
            let key = Operation.newKey
            let url = stack.gateway + "/chaos" + (id.map { "/\($0)" } ?? "")
            let deadline = ContinuousClock.now + .seconds(60)
            while true {
                let body = method == "DELETE" ? nil : Array(#"{"name":"name \#(number)"}"#.utf8)
                let answer = try? await HTTPCalls.send(
                    method, url, headers: [("Idempotency-Key", key), ("Content-Type", "application/json")], body: body)
                if let answer, answer.status == 202 {
                    return try #require((try answer.json()["operationId"]?.string).flatMap { OperationID($0) })
                }
                guard ContinuousClock.now < deadline, answer.map({ $0.status == 503 }) ?? true else {
                    throw StackError(
                        "\(method) was answered \(answer.map { "\($0.status) \($0.text)" } ?? "not at all")")
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }

        @Test(
            "20,000 operations while processors are killed and paused, PostgreSQL and nats-server cut off: each once, in order"
        )
        func chaos() async throws {
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            try await FixturePlugin.serve("chaos", ["ALL_OPERATIONS"], on: stack)
            // Counts what really happens to a row.
            try await stack.rows("ALTER TABLE chaos ADD COLUMN changes int NOT NULL DEFAULT 0")
            try await stack.rows(
                """
                CREATE FUNCTION chaos_count() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN NEW.changes := OLD.changes + 1; RETURN NEW; END'
                """)
            try await stack.rows(
                "CREATE TRIGGER count BEFORE UPDATE ON chaos FOR EACH ROW EXECUTE FUNCTION chaos_count()")

            let ids = (0..<Self.entities).map { _ in UUID().uuidString.lowercased() }
            let accepted = Accepted()
            let servers = (postgres: await stack.pid("postgres"), nats: await stack.pid("nats"))
            try await withThrowingTaskGroup { group in
                for client in 0..<Self.clients {
                    group.addTask {
                        for number in stride(from: client, to: .max, by: Self.clients) {
                            // Somebody writes for as long as somebody dies.
                            if number >= Self.operations && accepted.isOver.load(ordering: .relaxed) { break }
                            let id = ids.randomElement() ?? ""
                            let operation =
                                switch Int.random(in: 0..<10) {
                                case 0: try await Self.write("POST", nil, number, on: stack)
                                case 1...5: try await Self.write("PUT", id, number, on: stack)
                                case 6...7: try await Self.write("PATCH", id, number, on: stack)
                                default: try await Self.write("DELETE", id, number, on: stack)
                                }
                            accepted.insert(operation)
                            try await Task.sleep(for: .milliseconds(4))
                        }
                    }
                }
                group.addTask {
                    defer { accepted.isOver.store(true, ordering: .relaxed) }
                    for round in 0..<11 {
                        try await Task.sleep(for: .seconds(1))
                        // Neither has time to write anything down.
                        if round == 3, let postgres = await stack.pid("postgres") { kill(postgres, SIGQUIT) }
                        if round == 6, let nats = await stack.pid("nats") { kill(nats, SIGKILL) }
                        let name = round % 2 == 0 ? "processor" : "processor-2"
                        guard let pid = await stack.pid(name) else { continue }
                        if round % 3 == 2 {
                            if kill(pid, SIGSTOP) == 0 { accepted.pauses.add(1, ordering: .relaxed) }
                            try await Task.sleep(for: .seconds(3))
                            kill(pid, SIGCONT)
                        } else {
                            if kill(pid, SIGKILL) == 0 { accepted.kills.add(1, ordering: .relaxed) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await stack.pid("postgres") != servers.postgres, "PostgreSQL was not restarted")
            #expect(await stack.pid("nats") != servers.nats, "nats-server was not restarted")
            // Of eight and three: one that just died is not there to be killed.
            let (kills, pauses) = (accepted.kills.load(ordering: .relaxed), accepted.pauses.load(ordering: .relaxed))
            #expect(kills >= 5 && pauses >= 2, "\(kills) kills, \(pauses) pauses")
            let count = accepted.all.count
            #expect(count >= Self.operations)
            let deadline = ContinuousClock.now + .seconds(60)
            while true {
                let ended = try? await stack.rows("SELECT count(*) FROM write_operations WHERE table_name = 'chaos'")
                if ended?.first?.first == String(count) { break }
                try #require(ContinuousClock.now < deadline, "\(ended ?? []) of \(count) operations have ended")
                try await Task.sleep(for: .milliseconds(200))
            }

            var model = Model()
            for envelope in try await envelopes(on: stack) { try model.apply(envelope) }
            #expect(Set(model.outcomes.keys) == accepted.all)
            var wrong = 0
            for row in try await stack.rows(
                "SELECT operation_id, coalesce(error ->> 'code', '') FROM write_operations WHERE table_name = 'chaos'")
            {
                let expected = OperationID(row[0]).flatMap { model.outcomes[$0] }
                if (expected ?? nil) ?? "" != row[1] { wrong += 1 }
            }
            #expect(wrong == 0, "operations that ended otherwise than one by one")
            let rows = try await stack.rows("SELECT id, name, changes FROM chaos")
            let table = Dictionary(rows.map { ($0[0], Model.Row(name: $0[1], changes: Int($0[2]) ?? -1)) }) { $1 }
            #expect(table == model.rows)
            #expect(try await stack.jspg(["dlq", "list"]).text.contains("There are no dead letters."))
        }

        /// The accepted writes in stream order.
        private func envelopes(on stack: IntegrationStack) async throws -> [Envelope] {
            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            var envelopes: [Envelope] = []
            var next: UInt64 = 1
            while true {
                let messages = try await jetStream.messages(
                    stream: StreamName.writes, from: next, nextBySubject: "writes.chaos.>", upTo: .max, limit: 1_000)
                envelopes += try messages.map { try Envelope(decoding: $0.payload) }
                guard messages.count == 1_000, let last = messages.last else { break }
                next = last.sequence + 1
            }
            await nats.close()
            return envelopes
        }
    }
}
