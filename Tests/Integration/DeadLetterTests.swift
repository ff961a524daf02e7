// `jspg dlq` on messages that no processor could apply.
import Foundation
import JSON
import JetStream
import Operations
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
            // Until one was behind them in their partition.
            var partition: Int?
            while partition != 3 {
                let write = try Operation(
                    try await HTTPCalls.write(stack.gateway + "/mended", key: Operation.newKey, #"{"name":"fine"}"#))
                #expect(try await write.end(on: stack, within: .seconds(30))["status"]?.string == "completed")
                partition = Partition.of(entityID: write.entityID)
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
            let stored = try await jetStream.messages(
                stream: StreamName.deadLetters, from: 1, nextBySubject: Subject.deadLetters(table: "mended"),
                upTo: .max, limit: 10)
            let copy = try #require(stored.first { $0.headers[MessageHeader.originalMessageID] == poison.id })
            // Nobody applies it for a while: nor one that is started again after its crash.
            for name in ["processor", "processor-2"] {
                let url = try #require(stack.endpoints.urls[name])
                try await awaiting("\(name) does not run") {
                    (try? await HTTPCalls.get(url + "/health/ready"))?.status == 200
                }
            }
            let processors = [await stack.pid("processor"), await stack.pid("processor-2")].compactMap { $0 }
            for pid in processors { kill(pid, SIGSTOP) }
            // By two at once, both of whom may find it: it goes back once.
            let before = try await jetStream.streamInfo(StreamName.writes).lastSequence
            let replay = ["dlq", "replay", "--operation", poison.id]
            async let one = stack.jspg(replay)
            async let other = stack.jspg(replay)
            let replays = try await [one, other]
            #expect(replays.allSatisfy { $0.status == 0 }, "\(replays)")
            #expect(replays.contains { $0.text.contains("put 1 message back") }, "\(replays)")
            #expect(try await jetStream.streamInfo(StreamName.writes).lastSequence == before + 1)
            // Its client finds it queued at the URL that it has, and can wait for its end.
            for wait in ["", "&wait=1s"] {
                let start = ContinuousClock.now
                let status = try await HTTPCalls.get(stack.readAPI + poison.location + wait)
                #expect(status.status == 200 && status.text.contains(#""status":"queued""#), "\(status.text)")
                #expect(wait.isEmpty || ContinuousClock.now - start >= .milliseconds(900))
            }
            for pid in processors { kill(pid, SIGCONT) }
            #expect(try await poison.end(on: stack, within: .seconds(20))["status"]?.string == "completed")

            // Again after it has ended, as where somebody brings the dead letters back from a copy.
            var headers = copy.headers
            headers[MessageHeader.messageID] = nil
            try await jetStream.publish(copy.subject, headers: headers, payload: copy.payload)
            let again = try await stack.jspg(replay)
            #expect(again.status == 0 && again.text.contains("put 1 message back"), "\(again.text)")
            let last = try await jetStream.streamInfo(StreamName.writes).lastSequence
            try await awaiting("the message is not decided") {
                try await stack.rows("SELECT max(last) FROM write_partitions WHERE table_name = 'mended'")
                    == [[String(last)]]
            }
            #expect(try await poison.end(on: stack)["status"]?.string == "completed")
            #expect(try await stack.rows("SELECT count(*) FROM mended WHERE name = 'trap'") == [["1"]])
            #expect(try await stack.jspg(["dlq", "list", "--operation", poison.id]).text.contains("No dead letter"))
            await nats.close()

            let unasked = try await stack.jspg(["dlq", "purge"])
            #expect(unasked.status == 1 && unasked.text.contains("--yes"))
            let purged = try await stack.jspg(["dlq", "purge", "--yes"])
            #expect(purged.status == 0 && purged.text.contains("deleted 4 messages"), "\(purged.text)")
            #expect(try await stack.jspg(["dlq", "list"]).text.contains("There are no dead letters."))
        }
    }
}
