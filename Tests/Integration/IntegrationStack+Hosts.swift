// Further hosts beside those of a stack.
import Stack

extension IntegrationStack {
    /// What a host needs to work on the stack's servers.
    private var settings: [String: String] {
        [
            "NATS_URL": endpoints.urls["nats"] ?? "", "DATABASE_URL": database,
            "REDIS_URL": endpoints.urls["redis"] ?? "", "PLUGIN_DIR": endpoints.pluginDirectory,
            "PLUGIN_STATE": state + "/plugin-state",
        ]
    }

    /// Another host on the stack's servers, for a test that starts, ends and starts it again on the same port. It is
    /// stopped when the test is over.
    func host(_ name: String, _ executable: String) throws -> Server {
        let host = try HostServer.make(
            name, executable: "\(binaries)/\(executable)", port: try FreePort.any(), environment: settings,
            logFolder: state + "/log")
        Teardown.current?.add { _ in await host.stop() }
        return host
    }

    /// Starts another host on the stack's servers, and waits until it is ready. It is stopped when the test is over.
    func start(
        _ executable: String, environment: [String: String] = [:]
    ) async throws -> (process: ChildProcess, url: String) {
        let port = try FreePort.any()
        var settings = settings
        settings["HOST"] = "127.0.0.1"
        settings["PORT"] = String(port)
        settings.merge(environment) { _, new in new }
        let process = try await ChildProcess.start(
            ChildCommand(
                "\(binaries)/\(executable)", [], environment: settings, logFile: "\(state)/\(executable)-\(port).log"))
        Teardown.current?.add { _ in await process.stop() }
        let url = "http://127.0.0.1:\(port)"
        let deadline = ContinuousClock.now + .seconds(20)
        while (try? await HTTPCalls.get(url + "/health/ready"))?.status != 200 {
            guard ContinuousClock.now < deadline else {
                throw StackError("\(executable) is not ready:\n\(process.logTail())")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return (process, url)
    }
}
