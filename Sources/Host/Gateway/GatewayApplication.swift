// Puts the gateway together.
import HTTP
import Hosting
import Hummingbird
import JetStream
package import Logging
import NIOCore
import NIOPosix
import Operations
package import PluginHost
import PluginHosting
import Rollout
package import ServiceLifecycle
import Settings
import Streams
import Tables
package import Telemetry
package import UnixSignals

/// The wiring of the gateway: connection, stream, plugins, core, routes, in the order in which they start.
package struct GatewayApplication: Sendable {
    private let configuration: GatewayConfiguration
    private let plugins: PluginHost
    private let registry: MetricRegistry
    private let logger: Logger

    /// What the gateway begins with; it learns from how long its commits take.
    private static let smallestBatch = 8
    /// The longest wait for a larger batch; three quarters of a commit's time are the limit below it.
    private static let maximumGather = Duration.milliseconds(10)

    package init(
        _ configuration: GatewayConfiguration, plugins: PluginHost, registry: MetricRegistry, logger: Logger
    ) {
        self.configuration = configuration
        self.plugins = plugins
        self.registry = registry
        self.logger = logger
    }

    /// Runs until SIGTERM or SIGINT, or until it can't.
    ///
    /// - Returns: the exit status.
    package func run() async -> Int32 {
        await HostRun.run(shutdownGrace: configuration.common.shutdownGrace, logger: logger) {
            try await services(reloads: $0)
        }
    }

    /// Reaches NATS, makes sure of the stream, loads the plugins and makes the services.
    ///
    /// - Throws: `HostFailure`.
    package func services(reloads: UnixSignalsSequence) async throws -> [any Service] {
        let connection = try await configuration.nats.connect(
            host: "jspg-gateway", within: configuration.common.startTimeout, logger: logger)
        let jetStream = JetStream(connection, requestTimeout: configuration.publishTimeout)
        let stream = try await ensureStream(jetStream)
        let rollout = try await RolloutService.prepare(
            jetStream, settings: configuration.common, plugins: plugins, role: .gateway, logger: logger
        ) { [plugins] in plugins.tables.schemaVersions }
        plugins.onReload { rollout.versionsChanged() }
        _ = await plugins.start()
        let tables = PluginTables(plugins)

        ProcessMetrics.register(in: registry)
        let metrics = GatewayMetrics(registry)
        let timers = MultiThreadedEventLoopGroup.singleton.next()
        let committer = WriteCommitter(
            GroupCommit(
                maximumBatch: stream.allowsAtomicPublish ? configuration.commitBatch : 1,
                smallestBatch: Self.smallestBatch, maximumGather: Self.maximumGather),
            publisher: JetStreamPublisher(jetStream, timeout: configuration.publishTimeout), metrics: metrics
        ) { time, action in timers.scheduleTask(in: TimeAmount(time), action) }
        let duplicates = DuplicateResolver(JetStreamDuplicates(jetStream))
        let gate = WriteGate(
            tables: tables, committer: committer, duplicates: duplicates, limits: configuration.limits,
            metrics: metrics, logger: logger)
        let done = DoneWatch { table, handler in
            try connection.subscribe(Subject.done(table: table)) { message in handler(message.payload) }
        } askEnded: { operationID, handler in
            connection.request(
                Subject.ended, payload: Array(operationID.description.utf8), timeout: Self.askTimeout
            ) { answer in
                // Without a read API the wait goes on as for a new write, and is asked about now and then.
                handler(try? answer.get().payload)
            }
        }
        connection.onStateChange { state in
            guard state == .connected else { return }
            gate.connectionRestored()
            done.askAgain()
        }
        let health = GatewayHealth(
            gate: gate, isConnected: { connection.isConnected }, plugins: { tables.summaries },
            mayLackTables: { tables.mayLackTables })
        observe(gate)

        let budget = ByteBudget(limit: configuration.maximumBufferedBytes)
        registry.gauge("jspg_gateway_buffered_bytes", help: "Request bodies in memory, in bytes.") {
            Double(budget.inUse)
        }
        let server = HTTPServer(
            router: router(gate: gate, done: done, health: health, budget: budget),
            configuration: configuration.server, logger: logger,
            // With a limit for each client the router counts every request.
            fastLane: configuration.rateLimit == nil ? WriteLane(gate: gate, done: done, budget: budget) : nil,
            registry: registry)
        let plugins = plugins
        return [
            HostConnections(nats: connection), duplicates, ReloadSignal(reloads) { _ = await plugins.reload() },
            PluginWatch(configuration.plugins.directory, isOn: configuration.plugins.isWatching) {
                _ = await plugins.reload()
            },
            server, DoneWatchService(done), rollout,
        ]
    }

    /// How long read APIs may take to tell whether an operation has ended.
    private static let askTimeout = Duration.seconds(5)

    private func router(
        gate: WriteGate, done: DoneWatch, health: GatewayHealth, budget: ByteBudget
    ) -> Router<HostRequestContext> {
        let router = Router(context: HostRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware(logger: logger))
        router.addHealthRoutes { health.report }
        router.addMetricsRoute(registry)
        router.get("openapi.json") { _, _ in
            Response(
                status: .ok, mediaType: "application/json",
                bytes: OpenAPIDocument.gateway(plugins.tables.all.map(\.descriptor), version: Release.version))
        }
        router.refuseOtherMethods("openapi.json", allowed: [.get])
        let limiter = configuration.rateLimit.map {
            RateLimiter($0, trustedProxies: configuration.trustedProxies)
        }
        WriteRoutes(
            gate: gate, done: done, limiter: limiter,
            bodies: BodyReader(limit: configuration.maximumBodyBytes, budget: budget)
        ).add(to: router)
        BatchRoute(
            gate: gate, limiter: limiter, maximumLineBytes: configuration.maximumBodyBytes, budget: budget
        ).add(to: router)
        return router
    }

    private func ensureStream(_ jetStream: JetStream) async throws -> StreamInfo {
        do {
            let server = try await jetStream.server(waitingUpTo: configuration.common.startTimeout)
            let wanted = HostStreams.writes(
                maximumBytes: configuration.streamMaximumBytes, replicas: configuration.common.streamReplicas)
            let stream = try await jetStream.ensureStream(wanted, server: server)
            if !stream.allowsAtomicPublish {
                logger.warning(
                    "This nats-server has no atomic batches (2.12.1 has): each write is stored by itself",
                    metadata: [LogKey.version: "\(server.version ?? "unknown")"])
            }
            return stream
        } catch {
            throw HostFailure("The stream of writes can't be used: \(error).")
        }
    }

    private func observe(_ gate: WriteGate) {
        registry.gauge("jspg_gateway_in_flight", help: "Writes whose storage is under way.") {
            Double(gate.state.inFlight)
        }
        registry.gauge("jspg_gateway_circuit_open", help: "1 while the circuit to JetStream is open.") {
            gate.state.isCircuitOpen ? 1 : 0
        }
    }
}
