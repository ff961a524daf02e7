// `jspg dlq` on messages that no processor could apply.
import Foundation
import JSON
import JetStream
import Stack
import Testing

extension Integration {
    @Suite("Dead letters")
    struct DeadLetters {
        @Test(
            "poison is listed, shown, and put back after its plugin is mended; bytes that are nothing are purged; what is behind them goes on"
        )
        func commands() async throws {
            let stack = try await IntegrationStack.start()
            let supervising = Task { await stack.stack.supervise() }
            defer { supervising.cancel() }
            let empty = try await stack.jspg(["dlq", "list"])
            #expect(empty.status == 0 && empty.text.contains("There are no dead letters."), "\(empty.text)")
            try await FixturePlugin.serve("mended", ["TRAP_IN_PREPARE"], on: stack)
            let poison = try Operation(
                try await HTTPCalls.write(stack.gateway + "/mended", key: Operation.newKey, #"{"name":"trap"}"#))
            #expect(try await poison.end(on: stack, within: .seconds(30))["status"]?.string == "failed")

            // What no gateway would store.
            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            for payload in ["\u{1}\u{2}garbage", #"{"valid":"json"}"#, "[]", ""] {
                try await jetStream.publish("writes.mended.3", payload: Array(payload.utf8))
            }
            await nats.close()
            for _ in 0..<16 {
                let behind = try Operation(
                    try await HTTPCalls.write(stack.gateway + "/mended", key: Operation.newKey, #"{"name":"fine"}"#))
                #expect(try await behind.end(on: stack, within: .seconds(30))["status"]?.string == "completed")
            }
            let list = try await stack.jspg(["dlq", "list", "--json"])
            let letters = try JSONDocument(parsing: list.text).root.elements.map { $0 }
            #expect(letters.count == 5)
            let letter = letters.first { $0["operationId"]?.string == poison.id }
            #expect(letter?["reason"]?.string?.contains("crashed in prepare") == true)
            let number = String(letter?["number"]?.int64 ?? 0)
            let shown = try await stack.jspg(["dlq", "show", number])
            #expect(shown.text.contains(#""name":"trap""#) && shown.text.contains("Jspg-Dead-Letter-Reason"))

            try await FixturePlugin.install("mended.so", [#"TABLE="mended""#, #"VERSION="1.0.1""#], in: stack)
            try await FixturePlugin.reload(stack)
            try await Task.sleep(for: .seconds(1))
            let replayed = try await stack.jspg(["dlq", "replay", "--operation", poison.id])
            #expect(replayed.status == 0 && replayed.text.contains("put 1 message back"), "\(replayed.text)")
            #expect(try await poison.end(on: stack, within: .seconds(20))["status"]?.string == "completed")

            let unasked = try await stack.jspg(["dlq", "purge"])
            #expect(unasked.status == 1 && unasked.text.contains("--yes"))
            let purged = try await stack.jspg(["dlq", "purge", "--yes"])
            #expect(purged.status == 0 && purged.text.contains("deleted 4 messages"), "\(purged.text)")
            #expect(try await stack.jspg(["dlq", "list"]).text.contains("There are no dead letters."))
            await stack.stack.stop()
        }
    }
}
