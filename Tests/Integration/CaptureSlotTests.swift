// jspg-cdc and its replication slot: shared, lost, behind, not there yet.
import Foundation
import JSON
import JetStream
import Operations
import Stack
import Testing

extension Integration {
    @Suite("Replication slot", .serialized)
    struct CaptureSlot {
        @Test("a second process stands by and takes over; a slot that is gone is an error, and nothing old is served")
        func standbyAndLostSlot() async throws {
            let stack = try await IntegrationStack.start()
            await stack.endCapture()
            let first = try await stack.startCapture()
            try await first.await("replicating")
            let second = try await stack.startCapture()
            try await second.await("standby")
            await first.cutOff()
            try await second.await("replicating")
            #expect(await second.stop() == .status(0))

            let made = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey, #"{"name":"Ada","email":"ada@example.org"}"#))
            _ = try await made.end(on: stack)
            try await awaitHit(stack.readAPI + "/users")
            try await stack.dropSlot("jspg_cdc")
            try await stack.rows("UPDATE users SET name = 'Grace'")
            let third = try await stack.startCapture()
            try await third.await("replicating")
            #expect(third.log.contains("changes may have been missed: the slot is gone"))
            try await awaiting("the old name is still served") {
                try await HTTPCalls.get(stack.readAPI + "/users").text.contains("Grace")
            }
            #expect(await third.stop() == .status(0))
        }

        @Test(
            "PostgreSQL has removed WAL that the slot needed: that is an error, nothing old is served, capture goes on")
        func removedWAL() async throws {
            let stack = try await IntegrationStack.start()
            let made = try Operation(
                try await HTTPCalls.write(
                    stack.gateway + "/users", key: Operation.newKey, #"{"name":"Ada","email":"ada@example.org"}"#))
            _ = try await made.end(on: stack)
            await stack.endCapture()
            try await awaitHit(stack.readAPI + "/users")
            try await stack.rows("UPDATE users SET name = 'Grace'")
            try await stack.rows("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'")
            try await stack.rows("SELECT pg_reload_conf()")
            try await awaiting("the WAL is still kept", within: .seconds(60)) {
                try await stack.rows("SELECT pg_logical_emit_message(false, 'test', 'more WAL'), pg_switch_wal()")
                try await stack.rows("CHECKPOINT")
                return try await stack.rows(
                    "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'jspg_cdc'") == [["lost"]]
            }
            #expect(
                try await HTTPCalls.get(stack.readAPI + "/users").text.contains("Ada"), "nobody has told of the change")

            let capture = try await stack.startCapture()
            try await capture.await("replicating")
            #expect(
                capture.log.contains("changes may have been missed: PostgreSQL has removed WAL that the slot needed"))
            try await awaiting("the old name is still served") {
                try await HTTPCalls.get(stack.readAPI + "/users").text.contains("Grace")
            }
            try await stack.rows("UPDATE users SET name = 'Hopper'")
            try await stack.awaitChange(on: "cdc.public.users") { $0["name"]?.string == "Hopper" }
            #expect(await capture.stop() == .status(0))
        }

        @Test("a publication that is not there yet is waited for, without a slot; WAL that is kept meanwhile is told")
        func laterPublication() async throws {
            let stack = try await IntegrationStack.shared()
            try await stack.rows("CREATE TABLE later (id int PRIMARY KEY)")
            Teardown.current?.add { _ in _ = try? await stack.dropSlot("later") }
            let capture = try await stack.startCapture(slot: "later", environment: ["CDC_PUBLICATION": "later"])
            try await capture.await("waiting")
            let reason = try await HTTPCalls.get(capture.url + "/health").json()["reason"]?.string ?? ""
            #expect(reason.contains("the publication later is not in the database"), "\(reason)")
            #expect(try await stack.rows("SELECT 1 FROM pg_replication_slots WHERE slot_name = 'later'").isEmpty)

            // Somebody else's slot, for which nothing is confirmed.
            try await stack.rows("SELECT pg_create_logical_replication_slot('later', 'pgoutput')")
            try await awaiting("nothing is told of the WAL") {
                try await HTTPCalls.get(capture.url + "/health").json()["walKeptBytes"]?.int64 != nil
            }
            try await stack.rows("CREATE PUBLICATION later FOR TABLE later")
            try await capture.await("replicating")
            try await stack.rows("INSERT INTO later VALUES (1)")
            try await stack.awaitChange(on: "cdc.public.later") { $0["id"]?.int64 == 1 }
            #expect(await capture.stop() == .status(0))
        }

        @Test("while no captured table changes, the position is confirmed all the same: no WAL is kept for it")
        func idlePosition() async throws {
            let stack = try await IntegrationStack.shared()
            try await stack.rows("CREATE TABLE uncaptured (id int)")
            try await stack.rows("INSERT INTO uncaptured SELECT generate_series(1, 1000)")
            let position = try await stack.rows("SELECT pg_current_wal_lsn()")[0][0]
            try await stack.rows("INSERT INTO uncaptured SELECT generate_series(1, 1000)")
            try await awaiting("the position is not confirmed") {
                try await stack.rows(
                    """
                    SELECT confirmed_flush_lsn >= '\(position)' FROM pg_replication_slots
                    WHERE slot_name = 'jspg_cdc'
                    """) == [["t"]]
            }
        }
    }
}
