// Puts the processor together.
import Cache
import HTTP
import Hosting
import Hummingbird
import JSON
import JetStream
package import Logging
import Operations
package import PluginHost
import PluginHosting
import Postgres
import Redis
import Rollout
package import ServiceLifecycle
import Settings
import Streams
import Tables
package import Telemetry
package import UnixSignals

/// The wiring of the processor: connections, streams, schema, plugins, workers, in the order in which they start.
package struct ProcessorApplication: Sendable {
    /// How long a batch waits for a lock of another session at a time. Afterwards its attempt no longer counts, and a stop
    /// gets through.
    private static let lockTimeout = Duration.seconds(5)

    private let configuration: ProcessorConfiguration
    private let plugins: PluginHost
    private let registry: MetricRegistry
    private let logger: Logger

    package init(
        _ configuration: ProcessorConfiguration, plugins: PluginHost, registry: MetricRegistry, logger: Logger
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

    /// Reaches the servers, makes sure of streams and schema, loads the plugins and makes the services.
    ///
    /// - Throws: `HostFailure`.
    package func services(reloads: UnixSignalsSequence) async throws -> [any Service] {
        let nats = try await configuration.nats.connect(
            host: "jspg-processor", within: configuration.common.startTimeout, logger: logger)
        let jetStream = JetStream(nats)
        let streams = ProcessorStreams(
            jetStream: jetStream, maximumBytes: configuration.streamMaximumBytes,
            replicas: configuration.common.streamReplicas, timeout: configuration.common.startTimeout)
        do {
            try await streams.ensure()
        } catch {
            throw HostFailure("The streams of writes can't be used: \(error).")
        }
        let presence = ProcessPresence()
        var database = PostgresConfiguration(url: configuration.databaseURL, applicationName: "jspg-processor")
        database.presence = presence
        database.lockTimeout = Self.lockTimeout
        let pool = PostgresPool(database, size: configuration.databaseConnections, logger: logger)
        do {
            try await DatabaseStart(pool: pool, timeout: configuration.common.startTimeout, logger: logger).migrate()
        } catch let error as DatabaseStartError {
            throw HostFailure(error.description)
        }
        let redis = try redisConnection()
        let ready = ReadyTables()
        let rollout = try await RolloutService.prepare(
            jetStream, settings: configuration.common, plugins: plugins, role: .processor, logger: logger
        ) { ready.versions }
        ready.onChange { rollout.versionsChanged() }
        _ = await plugins.start()

        ProcessMetrics.register(in: registry)
        let availability = DatabaseAvailability(pool: pool, logger: logger)
        let metrics = ProcessorMetrics(registry: registry)
        let announcer = OperationAnnouncer(
            nats: nats, invalidator: CacheInvalidator(redis: RedisConnections([redis]), logger: logger),
            metrics: metrics)
        let context = ProcessorContext(
            nats: nats, jetStream: jetStream, streams: streams, pool: pool, presence: presence,
            availability: availability, announcer: announcer,
            deadLetters: DeadLetterPublisher(streams: streams, count: metrics.deadLetters), plugins: plugins,
            ready: ready,
            committer: BatchCommitter(pool: pool, announcer: announcer, metrics: metrics),
            held: HeldDeliveries(), metrics: metrics, logger: logger)
        let workers = TableWorkers(
            context: context, setUp: TableSetUp(context: context, migrates: configuration.migratesAtLoad))
        plugins.onReload { workers.tablesChanged() }
        nats.onStateChange { state in
            if state == .connected { workers.reconnected() }
        }
        let keeper = QueueKeeper(context: context, workers: workers)
        availability.onRecovery { keeper.databaseRecovered() }
        pool.onLoss { keeper.databaseRecovered() }
        registry.gauge("jspg_processor_database_connections", help: "Open connections to PostgreSQL.") {
            Double(pool.openConnections)
        }
        registry.gauge("jspg_processor_database_available", help: "1 while PostgreSQL takes writes, otherwise 0.") {
            availability.isAvailable ? 1 : 0
        }
        let plugins = plugins
        return [
            HostConnections(nats: nats, others: [{ await pool.close() }, { await redis.close() }]),
            HTTPServer(
                router: router { Self.health(context: context, redis: redis) },
                configuration: HTTPServerConfiguration(host: configuration.host, port: configuration.port),
                logger: logger),
            ReloadSignal(reloads) { _ = await plugins.reload() },
            PluginWatch(configuration.plugins.directory, isOn: configuration.plugins.isWatching) {
                _ = await plugins.reload()
            },
            keeper,
            UnservedKeeper(context: context, grace: configuration.unservedGrace),
            RetentionKeeper(
                context: context, retention: OperationRetention(age: configuration.operationRetention)),
            rollout, WorkersService(workers: workers, held: context.held),
        ]
    }

    private func router(health: @escaping @Sendable () -> HealthReport) -> Router<HostRequestContext> {
        let router = Router(context: HostRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware(logger: logger))
        router.addHealthRoutes(report: health)
        router.addMetricsRoute(registry)
        return router
    }

    private static func health(context: ProcessorContext, redis: RedisConnection) -> HealthReport {
        let isDatabaseAvailable = context.availability.isAvailable
        let isConnected = context.nats.isConnected
        var report = HealthReport(
            isHealthy: isDatabaseAvailable && isConnected,
            reason: !isConnected
                ? "NATS is away; nothing can be fetched until it is back."
                : isDatabaseAvailable ? nil : "PostgreSQL takes no writes; what is queued waits until it does.")
        if let (table, version) = context.ready.behind.min(by: { $0.key < $1.key }) {
            report.isReady = false
            report.reason =
                report.reason
                ?? "The queue of \(table) has messages of schema version \(version), for which a newer plugin is needed."
        }
        if context.plugins.tables.mayLackTables {
            report.reason = report.reason ?? "Not all plugins could be loaded; the log says why."
        }
        report.add("nats") { $0.bool(isConnected) }
        report.add("postgres") { $0.bool(isDatabaseAvailable) }
        report.add("redis") { $0.bool(redis.isConnected) }
        report.add("tables") { writer in
            writer.beginArray()
            for table in context.plugins.tables.all { writer.string(table.descriptor.name) }
            writer.endArray()
        }
        return report
    }

    private func redisConnection() throws -> RedisConnection {
        do {
            return RedisConnection(try RedisConfiguration(url: configuration.redisURL), logger: logger)
        } catch {
            throw HostFailure("REDIS_URL can't be used: \(error).")
        }
    }
}
