// Puts the read API together.
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
import Synchronization
import Tables
package import Telemetry
package import UnixSignals

/// The wiring of the read API: connections, streams, plugins, routes, in the order in which they start.
package struct ReadAPIApplication: Sendable {
    /// How long a read waits for a table that another session has locked: all connections could wait for one.
    private static let lockTimeout = Duration.seconds(2)
    /// How long the watch waits for a machine that has vanished.
    private static let watchTimeout = Duration.seconds(3)

    private let configuration: ReadAPIConfiguration
    private let plugins: PluginHost
    private let registry: MetricRegistry
    private let logger: Logger

    package init(
        _ configuration: ReadAPIConfiguration, plugins: PluginHost, registry: MetricRegistry, logger: Logger
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

    /// Reaches the servers, loads the plugins and makes the services.
    ///
    /// - Throws: `HostFailure`.
    package func services(reloads: UnixSignalsSequence) async throws -> [any Service] {
        let nats = try await configuration.nats.connect(
            host: "jspg-read-api", within: configuration.common.startTimeout, logger: logger)
        let jetStream = JetStream(nats)
        try await ensureStream(jetStream)
        var database = PostgresConfiguration(url: configuration.databaseURL, applicationName: "jspg-read-api")
        database.lockTimeout = Self.lockTimeout
        let pool = PostgresPool(database, size: configuration.databaseConnections, logger: logger)
        try await waitForSchema(pool)
        database.connectTimeout = Self.watchTimeout
        database.silenceTimeout = Self.watchTimeout
        let watchPool = PostgresPool(database, size: 2, logger: logger)
        let redis = try redisConnections()
        let rollout = try await RolloutService.prepare(
            jetStream, settings: configuration.common, plugins: plugins, role: .readAPI, logger: logger
        ) { [plugins] in plugins.tables.schemaVersions }
        plugins.onReload { rollout.versionsChanged() }
        _ = await plugins.start()

        ProcessMetrics.register(in: registry)
        var cacheConfiguration = TableCacheConfiguration()
        cacheConfiguration.timeToLive = configuration.cacheLifetime
        cacheConfiguration.localBytes = configuration.localCacheBytes
        let cache = TableCache(redis: redis, configuration: cacheConfiguration)
        let invalidator = CacheInvalidator(redis: redis, logger: logger)
        let done = DoneWatch(subscribe: nil)
        let statusCache = StatusCache(redis: redis)
        let statuses = StatusReader(
            cache: statusCache, queries: StatusQueries(pool: pool),
            guardian: CompletionGuard(
                invalidator: invalidator, cache: cache, plugins: plugins, requests: InvalidationRequests(nats),
                cacheLifetime: configuration.cacheLifetime),
            jetStream: jetStream)
        let announced = AnnouncedTransactions()
        let changes = TableChanges(isCaching: { redis.areConnected }) { table, completion in
            invalidator.invalidate(tables: [table], statuses: []) { connection in
                if connection == nil { cache.distrust([table]) }
                completion()
            }
        } subscribe: { table, handler in
            try nats.subscribe(Subject.changes(table: table), handler: handler)
        }
        registry.gauge("jspg_read_api_event_streams", help: "Clients that listen to a table's changes.") {
            Double(changes.count)
        }
        let lag = CaptureLag()
        let watch = DatabaseWatch(pool: watchPool)
        let captured = CapturedChanges(invalidator: invalidator, nats: nats, database: watch)
        let subscriptions = [
            try nats.subscribe(Subject.allDone) { message in
                announced.take(message.payload)
                done.take(message.payload)
                changes.take(done: message.payload)
            },
            try nats.subscribe(Subject.changed) { changes.take(changed: $0.payload) },
            try nats.subscribe(Subject.captureHeartbeat) { lag.take($0.payload) },
            try InvalidationResponder.subscribe(nats, invalidator: invalidator, cache: cache),
        ]
        nats.onStateChange { state in
            guard state == .connected else { return }
            changes.reconnected()
            done.lookAgain()
        }
        registry.gauge(
            "jspg_read_api_cdc_lag_seconds", help: "How far behind change data capture is; -1: never heard of."
        ) { lag.milliseconds.map { Double($0) / 1_000 } ?? -1 }
        let server = HTTPServer(
            router: router(
                tables: TableRoutes(
                    plugins: plugins,
                    reader: TableReader(
                        cache: cache, pool: pool, maximumBytes: cacheConfiguration.maximumEntryBytes)),
                statuses: StatusRoutes(
                    reader: statuses, done: done,
                    isServed: { [plugins] in plugins.tables.table($0) != nil || plugins.tables.waiting[$0] != nil },
                    bodies: BodyReader(
                        limit: configuration.server.maximumBodyBytes, budget: ByteBudget(limit: 64 << 20))),
                events: EventRoutes(plugins: plugins, changes: changes),
                health: ReadAPIHealth(redis: redis, database: watch, nats: nats, plugins: plugins, lag: lag)),
            configuration: configuration.server, logger: logger,
            fastLane: ReadLane(plugins: plugins, cache: cache, statuses: statusCache, done: done),
            registry: registry)
        let plugins = plugins
        return [
            HostConnections(
                nats: nats, holding: subscriptions,
                others: [{ await pool.close() }, { await watchPool.close() }, { await redis.close() }]),
            ReloadSignal(reloads) { _ = await plugins.reload() },
            PluginWatch(configuration.plugins.directory, isOn: configuration.plugins.isWatching) {
                _ = await plugins.reload()
            },
            ChangeConsumer(
                jetStream: jetStream, captured: captured, announced: announced,
                malformed: registry.counter(
                    "jspg_read_api_malformed_changes_total", help: "Change events that could not be understood."),
                delay: registry.histogram(
                    "jspg_read_api_change_seconds",
                    help: "From the commit of a captured change to its invalidation, in seconds.",
                    bounds: ChangeConsumer.delayBounds),
                ensureStream: { [self] in try await ensureStream(jetStream) },
                servedTables: { Set(plugins.tables.all.map(\.descriptor.name)) }, logger: logger),
            captured, rollout, watch, try EndedAnswers(nats, reader: statuses, logger: logger), server,
            DoneWatchService(done),
            TableChangesService(changes: changes),
        ]
    }

    private func router(
        tables: TableRoutes, statuses: StatusRoutes, events: EventRoutes, health: ReadAPIHealth
    ) -> Router<HostRequestContext> {
        let router = Router(context: HostRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware(logger: logger))
        router.addHealthRoutes { health.report() }
        router.addMetricsRoute(registry)
        InformationRoutes(plugins: plugins).add(to: router)
        statuses.add(to: router)
        events.add(to: router)
        tables.add(to: router)
        return router
    }

    private func ensureStream(_ jetStream: JetStream) async throws {
        do {
            let server = try await jetStream.server(waitingUpTo: configuration.common.startTimeout)
            _ = try await jetStream.ensureStream(
                HostStreams.changes(
                    maximumBytes: configuration.changeStreamMaximumBytes, replicas: configuration.common.streamReplicas),
                server: server)
        } catch {
            throw HostFailure("The stream of changes can't be used: \(error).")
        }
    }

    /// The schema is the processors' business; this host only reads.
    private func waitForSchema(_ pool: PostgresPool) async throws {
        do {
            try await DatabaseStart(pool: pool, timeout: configuration.common.startTimeout, logger: logger).run {
                connection in
                try await connection.run { _ = try $0.query("SELECT 1") }
            }
        } catch let error as DatabaseStartError {
            throw HostFailure(error.description)
        }
    }

    private func redisConnections() throws -> RedisConnections {
        do {
            return RedisConnections(try RedisConfiguration(url: configuration.redisURL), logger: logger)
        } catch {
            throw HostFailure("REDIS_URL can't be used: \(error).")
        }
    }
}
