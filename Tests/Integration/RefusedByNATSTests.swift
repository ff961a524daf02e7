// A login that NATS no longer takes.
import Foundation
import Stack
import Testing

extension Integration {
    @Suite("Refused by NATS")
    struct RefusedByNATS {
        @Test("a host whose password is changed ends, for its supervisor to start it again with another one")
        func ends() async throws {
            let stack = try await IntegrationStack.start()
            let port = try FreePort.any()
            func server(_ password: String) async throws -> ChildProcess {
                let file = "\(stack.state)/nats-\(password)"
                try """
                listen: "127.0.0.1:\(port)"
                authorization { user: "jspg", password: "\(password)" }
                jetstream { store_dir: "\(stack.state)/nats-refusing" }
                """.write(toFile: file + ".conf", atomically: true, encoding: .utf8)
                let process = try await ChildProcess.start(
                    ChildCommand(try ServerBinaries().natsServer(), ["-c", file + ".conf"], logFile: file + ".log"))
                Teardown.current?.add { _ in await process.stop() }
                return process
            }
            let before = try await server("old")
            var hosts: [(name: String, process: ChildProcess)] = []
            for name in ["jspg-processor", "jspg-gateway", "jspg-read-api", "jspg-cdc"] {
                let environment = ["NATS_URL": "nats://jspg:old@127.0.0.1:\(port)", "CDC_SLOT": "refused"]
                hosts.append((name, try await stack.start(name, environment: environment).process))
            }
            before.send(SIGKILL)
            _ = await before.exit()
            _ = try await server("new")
            for host in hosts {
                try await awaiting("\(host.name) goes on: \(host.process.logTail())") { !host.process.isRunning }
                #expect(await host.process.exit() == .status(1), "\(host.name)")
                #expect(host.process.logTail().contains("NATS has refused this host for good"), "\(host.name)")
            }
        }
    }
}
