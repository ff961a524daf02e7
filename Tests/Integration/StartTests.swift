// What hosts say when they can't start, or have nothing to serve.
import Foundation
import Stack
import Testing

extension Integration {
    @Suite("Starting a host")
    struct Starting {
        /// Runs an executable to its end.
        private func run(
            _ executable: String, _ environment: [String: String], arguments: [String] = []
        ) async throws -> (exit: ChildProcess.Exit, output: String) {
            let log = NSTemporaryDirectory() + "jspg-start-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: log) }
            let process = try await ChildProcess.start(
                ChildCommand(
                    "\(IntegrationStack.folderOfExecutables)/\(executable)", arguments, environment: environment,
                    logFile: log))
            let exit = await process.exit()
            return (exit, try String(contentsOfFile: log, encoding: .utf8))
        }

        @Test(
            "a bad value in the environment is one clear error",
            arguments: ["jspg-gateway", "jspg-processor", "jspg-read-api", "jspg-cdc"])
        func badValue(host: String) async throws {
            let (exit, output) = try await run(host, ["PORT": "seventy"])
            #expect(exit == .status(64))
            #expect(output.contains("PORT"))
            #expect(output.split(separator: "\n").count == 1)
        }

        @Test("help shows every setting", arguments: ["jspg-gateway", "jspg-processor", "jspg-read-api", "jspg-cdc"])
        func help(host: String) async throws {
            let (exit, output) = try await run(host, [:], arguments: ["--help"])
            #expect(exit == .status(0))
            let own = host == "jspg-cdc" ? "CDC_SLOT" : "PLUGIN_DIR"
            for name in ["NATS_URL", "PORT", own, "LOG_LEVEL"] { #expect(output.contains(name)) }
        }

        @Test("a port in use is one sentence")
        func portInUse() async throws {
            let stack = try await IntegrationStack.shared()
            let port = stack.gateway.split(separator: ":").last.map(String.init) ?? ""
            let (exit, output) = try await run(
                "jspg-gateway",
                [
                    "PORT": port, "HOST": "127.0.0.1", "NATS_URL": stack.endpoints.urls["nats"] ?? "",
                    "PLUGIN_DIR": stack.endpoints.pluginDirectory, "PLUGIN_STATE": stack.state + "/port-in-use",
                ])
            #expect(exit == .status(1))
            #expect(output.contains("Port \(port)"))
        }

        @Test(
            "a database that can't be reached is waited for, then one sentence",
            arguments: ["jspg-processor", "jspg-read-api", "jspg-cdc"])
        func noDatabase(host: String) async throws {
            let stack = try await IntegrationStack.shared()
            let port = try FreePort.any()
            let (exit, output) = try await run(
                host,
                [
                    "PORT": "0", "DATABASE_URL": "postgres://someone:sesame@127.0.0.1:\(port)/nowhere",
                    "NATS_URL": stack.endpoints.urls["nats"] ?? "", "REDIS_URL": stack.endpoints.urls["redis"] ?? "",
                    "PLUGIN_DIR": stack.endpoints.pluginDirectory, "PLUGIN_STATE": stack.state + "/no-database-\(host)",
                    "START_TIMEOUT": "2",
                ])
            #expect(exit == .status(1))
            #expect(output.contains("DATABASE_URL"))
            #expect(!output.contains("sesame"))
        }

        @Test(
            "SIGHUP during the start does not end a host",
            arguments: ["jspg-gateway", "jspg-processor", "jspg-read-api", "jspg-cdc"])
        func earlyReload(host: String) async throws {
            let log = NSTemporaryDirectory() + "jspg-start-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: log) }
            let process = try await ChildProcess.start(
                ChildCommand(
                    "\(IntegrationStack.folderOfExecutables)/\(host)", [],
                    environment: [
                        "PORT": "0", "NATS_URL": "nats://127.0.0.1:\(try FreePort.any())", "START_TIMEOUT": "3",
                        "DATABASE_URL": "postgres://127.0.0.1/nowhere", "REDIS_URL": "redis://127.0.0.1:1",
                    ], logFile: log))
            // Once it waits for NATS, however long that takes on a busy machine.
            try await awaiting("\(host) does not wait for NATS", within: .seconds(30)) {
                (try? String(contentsOfFile: log, encoding: .utf8).contains("NATS")) ?? false
            }
            try #require(process.isRunning, "it has ended before")
            process.send(SIGHUP)
            #expect(await process.exit() == .status(1))
        }

        @Test("a plugin folder that is missing: it starts, is healthy, and says so")
        func noPlugins() async throws {
            let stack = try await IntegrationStack.shared()
            let gateway = try HostServer.make(
                "gateway-without-plugins", executable: "\(stack.binaries)/jspg-gateway", port: try FreePort.any(),
                environment: [
                    "NATS_URL": stack.endpoints.urls["nats"] ?? "", "PLUGIN_DIR": stack.state + "/no-such-folder",
                    "PLUGIN_STATE": stack.state + "/no-plugins",
                ], logFolder: stack.state + "/log")
            Teardown.current?.add { _ in await gateway.stop() }
            try await gateway.start()
            let health = try await HTTPCalls.get(gateway.url + "/health")
            #expect(health.status == 200)
            #expect(health.text.contains("No plugin is loaded"))
            #expect(try String(contentsOfFile: gateway.logFile, encoding: .utf8).contains("no-such-folder"))
        }

        @Test(
            "dlq tells a server without JetStream from one without dead letters, and a stack that is named wins over NATS_URL"
        )
        func noJetStream() async throws {
            let stack = try await IntegrationStack.shared()
            let port = try FreePort.any()
            let server = try await ChildProcess.start(
                ChildCommand(
                    try ServerBinaries().natsServer(), ["-a", "127.0.0.1", "-p", String(port)],
                    logFile: stack.state + "/nats-without-jetstream.log"))
            Teardown.current?.add { _ in await server.stop() }
            let environment = ["NATS_URL": "nats://127.0.0.1:\(port)"]
            let exported = try await run("jspg", environment, arguments: ["dlq", "list"])
            #expect(exported.exit == .status(1))
            #expect(exported.output.contains("nobody answers for JetStream"), "\(exported.output)")
            let named = try await run("jspg", environment, arguments: ["dlq", "list", "--state", stack.state])
            #expect(named.exit == .status(0), "\(named.output)")
        }

        @Test("jspg migrate twice: the second time there is nothing to do")
        func migrate() async throws {
            let stack = try await IntegrationStack.shared()
            let environment = [
                "DATABASE_URL": stack.database, "PLUGIN_DIR": stack.endpoints.pluginDirectory,
                "PLUGIN_STATE": stack.state + "/migrate",
            ]
            _ = try await run("jspg", environment, arguments: ["migrate"])
            let (exit, output) = try await run("jspg", environment, arguments: ["migrate"])
            #expect(exit == .status(0))
            #expect(output.contains("up to date"))
        }
    }
}
