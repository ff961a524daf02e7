// Change events of a real Debezium engine in the place of jspg-cdc's.
import Foundation
import JSON
import JetStream
import Stack
import Testing

extension Integration {
    @Suite("Debezium")
    struct Debezium {
        private struct Event {
            let subject: String
            let payload: [UInt8]
            var isSnapshot: Bool { String(decoding: payload, as: UTF8.self).contains(#""__op":"r""#) }
        }

        /// What Debezium 3.6 wrote for a snapshot, inserts, an update and deletes.
        private static func events() throws -> [Event] {
            let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Fixtures/debezium-events.jsonl")
            return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
                let json = try JSONDocument(parsing: String(line)).root
                return Event(
                    subject: json["destination"]?.string ?? "", payload: Array((json["value"]?.string ?? "").utf8))
            }
        }

        @Test("each event of a change makes the cached list stale; those of a snapshot do not")
        func replay() async throws {
            let stack = try await IntegrationStack.start()
            if let pid = await stack.pid("cdc") { kill(pid, SIGKILL) }
            let made = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey, #"{"name":"0","email":"ada@example.org"}"#))
            let user = try await made.end(on: stack)["entityId"]?.string ?? ""
            let order = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/orders", key: Operation.newKey,
                    #"{"userId":"\#(user)","items":[{"productId":"p","quantity":1,"price":1}],"total":1}"#))
            _ = try await order.end(on: stack)
            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            let events = try Self.events()
            #expect(events.count == 7 && events.filter(\.isSnapshot).count == 2)
            for (number, event) in events.enumerated() {
                let isUsers = event.subject.hasSuffix(".users")
                let path = isUsers ? "/users" : "/orders"
                try await awaitHit(stack.readAPI + path)
                let new = isUsers ? "name = 'n\(number)'" : "total = \(number + 2)"
                try await stack.rows("UPDATE \(isUsers ? "users" : "orders") SET \(new)")
                try await jetStream.publish(event.subject, payload: event.payload)
                let shown = isUsers ? "\"n\(number)\"" : "\"\(number + 2).00\""
                let deadline = ContinuousClock.now + .seconds(event.isSnapshot ? 1 : 5)
                var isFresh = false
                while !isFresh && ContinuousClock.now < deadline {
                    isFresh = try await HTTPCalls.get(stack.readAPI + path).text.contains(shown)
                    if !isFresh { try await Task.sleep(for: .milliseconds(10)) }
                }
                #expect(isFresh != event.isSnapshot, "event \(number) on \(event.subject)")
            }
            await nats.close()
        }
    }
}
