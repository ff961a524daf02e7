// Capture processes of a test's own, and what they publish.
import Foundation
import JSON
import JetStream
import Operations
import Stack

/// A `jspg-cdc` that a test has started.
struct CaptureProcess: Sendable {
    let process: ChildProcess
    let url: String

    /// What it has logged.
    var log: String { (try? String(contentsOfFile: process.command.logFile, encoding: .utf8)) ?? "" }

    /// What its `/health` says; `nil` where it does not answer.
    var state: String? {
        get async { try? await HTTPCalls.get(url + "/health").json()["state"]?.string }
    }

    /// Waits until its `/health` says so.
    func await(_ wanted: String) async throws {
        try await awaiting("\(url) is not \(wanted)") { await state == wanted }
    }

    /// Ends it as an operator does.
    func stop() async -> ChildProcess.Exit {
        kill(process.pid, SIGTERM)
        return await process.exit()
    }

    /// Ends it as a power cut does.
    func cutOff() async {
        kill(process.pid, SIGKILL)
        _ = await process.exit()
    }
}

extension IntegrationStack {
    /// Ends the stack's own capture process, which nothing restarts where the stack is not supervised.
    func endCapture() async {
        if let pid = await pid("cdc") { kill(pid, SIGKILL) }
    }

    /// Starts a capture process of the test's own. It is stopped when the test is over.
    func startCapture(slot: String = "jspg_cdc", environment: [String: String] = [:]) async throws -> CaptureProcess {
        let port = try FreePort.any()
        let process = try await ChildProcess.start(
            ChildCommand(
                binaries + "/jspg-cdc", [],
                environment: [
                    "NATS_URL": endpoints.urls["nats"] ?? "", "DATABASE_URL": database,
                    "HOST": "127.0.0.1", "PORT": String(port), "CDC_SLOT": slot,
                ].merging(environment) { $1 }, logFile: "\(state)/cdc-\(UUID().uuidString).log"))
        Teardown.current?.add { _ in await process.stop() }
        return CaptureProcess(process: process, url: "http://127.0.0.1:\(port)")
    }

    /// The events on a subject that are in the stream now.
    func changes(on subject: String) async throws -> [JSONValue] {
        let nats = try await nats()
        let messages = try await JetStream(nats).messages(
            stream: StreamName.changes, from: 1, nextBySubject: subject, upTo: .max, limit: .max)
        await nats.close()
        return try messages.map { try JSONDocument(parsing: $0.payload).root }
    }

    func awaitChange(on subject: String, where isWanted: (JSONValue) -> Bool) async throws {
        try await awaiting("the event does not come on \(subject)") {
            try await changes(on: subject).contains(where: isWanted)
        }
    }

    /// Waits until there is a slot of which this holds in `pg_replication_slots`.
    func awaitSlot(_ slot: String, _ condition: String) async throws {
        let sql = "SELECT 1 FROM pg_replication_slots WHERE slot_name = '\(slot)' AND \(condition)"
        try await awaiting("there is no slot \(slot) with \(condition)", within: .seconds(60)) {
            try await !rows(sql).isEmpty
        }
    }

    /// So that the stack's PostgreSQL keeps no WAL for it. A session that was ended may hold it for a moment.
    func dropSlot(_ slot: String) async throws {
        try await awaiting("the slot \(slot) is still in use") {
            _ = try? await rows(
                """
                SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
                WHERE slot_name = '\(slot)' AND NOT active
                """)
            return try await rows("SELECT 1 FROM pg_replication_slots WHERE slot_name = '\(slot)'").isEmpty
        }
    }
}
