// Everything that a developer needs, started together and kept running.
import FoundationEssentials
import Glibc
import Logging
import Postgres

/// The developer stack: servers, schema, hosts and nginx. What dies is started again; `stop()` stops what was started
/// here and nothing else. The data stay in the state folder.
package actor DeveloperStack {
    private let configuration: StackConfiguration
    private let binaries = ServerBinaries()
    private let report: @Sendable (String) -> Void
    /// In the order in which they were started.
    private var servers: [Server] = []
    private var isStopping = false

    /// - Parameter report: gets a sentence at each step, for a person.
    package init(_ configuration: StackConfiguration, report: @escaping @Sendable (String) -> Void) {
        self.configuration = configuration
        self.report = report
    }

    package var endpoints: Endpoints {
        let ports = configuration.ports
        var urls = [
            "gateway": "http://127.0.0.1:\(ports.gateway)", "readApi": "http://127.0.0.1:\(ports.readAPI)",
            "web": "http://127.0.0.1:\(ports.web)", "nats": natsURL, "database": databaseURL, "redis": redisURL,
        ]
        if configuration.natsURL == nil { urls["natsMonitor"] = "http://127.0.0.1:\(ports.natsMonitor)" }
        for server in servers where server.name == "cdc" || server.name.hasPrefix("processor") {
            urls[server.name] = server.url
        }
        let pids = servers.compactMap { server in server.pid.map { (server.name, $0) } }
        return Endpoints(
            urls: urls, pluginDirectory: pluginDirectory, pids: Dictionary(pids) { first, _ in first })
    }

    private var natsFolder: String { "\(configuration.state)/nats" }
    private var natsURL: String { configuration.natsURL ?? "nats://127.0.0.1:\(configuration.ports.nats)" }
    private var redisURL: String { configuration.redisURL ?? "redis://127.0.0.1:\(configuration.ports.redis)" }
    private var databaseURL: String {
        configuration.databaseURL
            ?? "postgres://jetstream:jetstream@127.0.0.1:\(configuration.ports.postgres)/jetstream"
    }
    private var pluginDirectory: String { "\(configuration.state)/plugins" }

    // MARK: - Start and stop

    /// Starts everything; returns when each part is healthy and `endpoints.json` is written.
    ///
    /// - Throws: `StackError`, `PostgresError` or `MigrationError`; what was started is stopped again.
    package func start() async throws {
        do {
            try await startServers()
            try await migrate()
            try await startHosts()
            if configuration.natsURL == nil { NATSServer.stageBatchesInMemory(in: natsFolder) }
            try writeEndpoints()
        } catch {
            await stop()
            throw error
        }
    }

    /// Restarts what dies, until the task is cancelled.
    package func supervise() async {
        await withDiscardingTaskGroup { group in
            for server in servers { group.addTask { await self.keepRunning(server) } }
        }
    }

    /// Stops everything that was started here, hosts first.
    package func stop() async {
        isStopping = true
        for server in servers.reversed() {
            await server.stop()
        }
        servers = []
        try? FileManager.default.removeItem(atPath: Endpoints.path(state: configuration.state))
    }

    private func startServers() async throws {
        let state = configuration.state
        if configuration.databaseURL == nil {
            report("starting PostgreSQL")
            try await start(
                PostgresServer.make(in: "\(state)/postgres", port: configuration.ports.postgres, binaries: binaries))
        }
        if configuration.natsURL == nil {
            report("starting nats-server")
            try await start(
                NATSServer.make(
                    in: natsFolder, port: configuration.ports.nats,
                    monitorPort: configuration.ports.natsMonitor, binaries: binaries))
        }
        if configuration.redisURL == nil {
            report("starting Redis")
            try await start(
                RedisServer.make(in: "\(state)/redis", port: configuration.ports.redis, binaries: binaries))
        }
    }

    private func migrate() async throws {
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(url: databaseURL, applicationName: "jspg-up"), logger: Logger(label: "jspg"))
        let applied = try await MigrationRunner.run(
            owner: HostMigrations.owner, migrations: HostMigrations.all, on: connection)
        if !applied.isEmpty { report("applied \(applied.count) migrations") }
        await connection.close()
    }

    private func startHosts() async throws {
        for plugin in try PluginInstaller.install(from: configuration.binaries, into: pluginDirectory) {
            report("installed the plugin \(plugin)")
        }
        let ports = configuration.ports
        report("starting the hosts")
        try await startHost("gateway", "jspg-gateway", port: ports.gateway)
        for number in 1...max(1, configuration.processors) {
            let name = number == 1 ? "processor" : "processor-\(number)"
            try await startHost(name, "jspg-processor", port: number == 1 ? ports.processor : FreePort.any())
        }
        try await startHost("cdc", "jspg-cdc", port: ports.cdc)
        try await startHost("read-api", "jspg-read-api", port: ports.readAPI)
        report("starting nginx")
        try await start(
            WebServer.make(
                in: "\(configuration.state)/nginx", port: ports.web, gatewayPort: ports.gateway,
                readAPIPort: ports.readAPI, binaries: binaries))
    }

    private func startHost(_ name: String, _ executable: String, port: Int) async throws {
        var environment = configuration.environment
        environment["NATS_URL"] = natsURL
        environment["DATABASE_URL"] = databaseURL
        environment["REDIS_URL"] = redisURL
        environment["PLUGIN_DIR"] = pluginDirectory
        // The crashed thread alone, quickly, and without registers: memory that they point to holds clients' data.
        environment["SWIFT_BACKTRACE"] =
            environment["SWIFT_BACKTRACE"] ?? "threads=crashed,registers=none,images=none,color=no"
        environment["PLUGIN_STATE"] = Endpoints.pluginState(state: configuration.state)
        try await start(
            HostServer.make(
                name, executable: "\(configuration.binaries)/\(executable)", port: port, environment: environment,
                logFolder: "\(configuration.state)/log"))
    }

    private func start(_ server: Server) async throws {
        servers.append(server)
        try await server.start()
    }

    private func writeEndpoints() throws {
        let path = Endpoints.path(state: configuration.state)
        try Folder.write(String(decoding: endpoints.json, as: UTF8.self) + "\n", to: path)
        // A database that was given has a password of its own.
        chmod(path, 0o600)
    }

    // MARK: - Keeping it running

    private func keepRunning(_ server: Server) async {
        var delay = Duration.milliseconds(250)
        while !isStopping, let process = server.process {
            let started = ContinuousClock.now
            let exit = await process.exit()
            if isStopping || Task.isCancelled { return }
            // What ran for a while is started again at once; what dies at its start, later and later.
            if ContinuousClock.now - started > .seconds(2) { delay = .milliseconds(250) }
            report("\(server.name) ended with \(exit) and is started again; its log: \(server.logFile)")
            while !isStopping {
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(10))
                if isStopping || Task.isCancelled { return }
                do {
                    try await server.start()
                    // It was passed over when all were stopped meanwhile.
                    if isStopping { return await server.stop() }
                    try writeEndpoints()
                    report("\(server.name) runs again")
                    break
                } catch {
                    report("\(error)")
                }
            }
        }
    }
}
