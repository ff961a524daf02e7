// What becomes of clients that wait when a host is stopped.
import Foundation
import JSON
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
    }
}
