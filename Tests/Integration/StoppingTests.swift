// What becomes of clients that wait when a host is stopped.
import Foundation
import JSON
import Logging
import Postgres
import Stack
import Testing

extension Integration {
    @Suite("Stopping")
    struct Stopping {
        @Test("on SIGTERM clients that wait and listen are answered at once, and the hosts end with status 0")
        func waitingClients() async throws {
            let stack = try await IntegrationStack.start()
            let environment = ["SHUTDOWN_GRACE": "30"]
            let gateway = try await stack.start("jspg-gateway", environment: environment)
            let readAPI = try await stack.start("jspg-read-api", environment: environment)
            // So that nothing ends which somebody waits for.
            for name in ["processor", "processor-2"] {
                let pid = try #require(await stack.pid(name), "\(name) does not run")
                kill(pid, SIGKILL)
            }
            async let write = HTTPCalls.write(
                gateway.url + "/users", key: Operation.newKey, Bodies.user(), headers: [("Prefer", "wait=30")])
            async let status = HTTPCalls.get(
                "\(readAPI.url)/status/\(Operation.newKey.lowercased())?table=users&wait=30")
            async let events = HTTPCalls.get(
                readAPI.url + "/events/users", headers: [("Accept", "text/event-stream")])
            try await Task.sleep(for: .seconds(1))
            for process in [gateway.process, readAPI.process] {
                let start = ContinuousClock.now
                process.send(SIGTERM)
                #expect(await process.exit() == .status(0))
                #expect(ContinuousClock.now - start < .seconds(15))
            }
            #expect(try await write.status == 202)
            #expect(try await status.json()["status"]?.string == "queued")
            #expect(try await events.header("Content-Type") == "text/event-stream")
        }

        @Test("a processor that is stopped while it waits for a lock leaves no attempt counted")
        func lockedTable() async throws {
            let stack = try await IntegrationStack.start()
            let other = try await PostgresConnection.connect(
                PostgresConfiguration(url: stack.database, applicationName: "other"), logger: Logger(label: "tests"))
            Teardown.current?.add { _ in await other.close() }
            try await other.run { connection in
                try connection.query("BEGIN")
                // Who starts may read it.
                try connection.query("LOCK TABLE users IN EXCLUSIVE MODE")
            }
            let write = try Operation(
                try await HTTPCalls.write(stack.gateway + "/users", key: Operation.newKey, Bodies.user()))
            try await awaiting("nobody waits for the lock") {
                try await stack.rows(
                    """
                    SELECT FROM pg_stat_activity
                    WHERE application_name = 'jspg-processor' AND wait_event_type = 'Lock'
                    """
                ).count > 0
            }
            for name in ["processor", "processor-2"] {
                kill(try #require(await stack.pid(name), "\(name) does not run"), SIGKILL)
            }
            func attempts() async throws -> [[String]] {
                try await stack.rows("SELECT max(attempts) FROM write_partitions")
            }
            // Shorter than a batch waits at a time.
            let stopped = try await stack.start("jspg-processor", environment: ["SHUTDOWN_GRACE": "1"])
            try await awaiting("no attempt is recorded", within: .seconds(30)) { try await attempts() == [["1"]] }
            stopped.process.send(SIGTERM)
            _ = await stopped.process.exit()
            #expect(try await attempts() == [["0"]])
            try await other.run { connection in _ = try connection.query("COMMIT") }
            _ = try await stack.start("jspg-processor")
            #expect(try await write.end(on: stack, within: .seconds(60))["status"]?.string == "completed")
            await other.close()
        }
    }
}
