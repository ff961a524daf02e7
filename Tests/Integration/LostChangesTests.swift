// jspg-cdc where something of what it relies on is gone.
import Foundation
import JSON
import JetStream
import Operations
import Stack
import Testing

extension Integration {
    @Suite("Lost changes")
    struct LostChanges {
        @Test("a snapshot has what the publication has of a table; one that is taken again tells of rows that are gone")
        func snapshots() async throws {
            let stack = try await IntegrationStack.shared()
            try await stack.rows("CREATE TABLE narrowed (id int PRIMARY KEY, shown text, hidden text)")
            try await stack.rows("INSERT INTO narrowed SELECT n, 'shown', 'hidden' FROM generate_series(1, 10) n")
            try await stack.rows("CREATE PUBLICATION narrowed FOR TABLE narrowed (id, shown) WHERE (id > 5)")
            Teardown.current?.add { _ in _ = try? await stack.dropSlot("narrowed") }
            let environment = ["CDC_SNAPSHOT": "initial", "CDC_PUBLICATION": "narrowed"]
            let first = try await stack.startCapture(slot: "narrowed", environment: environment)
            try await first.await("replicating")
            let reads = try await stack.changes(on: "cdc.public.narrowed")
            #expect(reads.map { $0["id"]?.int64 }.sorted { $0 ?? 0 < $1 ?? 0 } == [6, 7, 8, 9, 10])
            #expect(reads.allSatisfy { $0["__op"]?.string == "r" && $0["shown"] != nil && $0["hidden"] == nil })
            #expect(await first.stop() == .status(0))

            try await stack.dropSlot("narrowed")
            try await stack.rows("DELETE FROM narrowed WHERE id = 7")
            let second = try await stack.startCapture(slot: "narrowed", environment: environment)
            try await second.await("replicating")
            let again = try await stack.changes(on: "cdc.public.narrowed").dropFirst(reads.count)
            #expect(again.map { $0["__op"]?.string } == ["t", "r", "r", "r", "r"])
            #expect(await second.stop() == .status(0))
        }

        @Test("the stream and the bucket that somebody removed are made again, and changes go on")
        func removedStream() async throws {
            let stack = try await IntegrationStack.start()
            if let pid = await stack.pid("cdc") { kill(pid, SIGKILL) }
            let capture = try await stack.startCapture(slot: "jspg_cdc", environment: [:])
            try await capture.await("replicating")
            let made = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey, #"{"name":"Ada","email":"ada@example.org"}"#))
            _ = try await made.end(on: stack)

            let nats = try await stack.nats()
            let jetStream = JetStream(nats)
            try await stack.removeStream(StreamName.changes)
            try await stack.removeStream("KV_" + BucketName.capture)
            try await stack.rows("UPDATE users SET name = 'Grace'")
            try await awaiting("the bucket is not made again", within: .seconds(30)) {
                (try? await jetStream.streamInfo("KV_" + BucketName.capture)) != nil
            }
            await nats.close()
            try await capture.await("replicating")
            try await stack.awaitChange(on: "cdc.public.users") { $0["name"]?.string == "Grace" }
            // What was in the stream before may have been seen by nobody.
            try await stack.awaitChange(on: "cdc.public.users") {
                $0["__shortened"]?.bool == true && $0["__source_txId"] == nil
            }
            try await awaiting("the old name is still served") {
                try await HTTPCalls.get(stack.readAPI + "/users").text.contains("Grace")
            }
            #expect(await capture.stop() == .status(0))
        }
    }
}
