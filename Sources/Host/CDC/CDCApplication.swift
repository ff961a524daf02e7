// Puts the capture process together.
import HTTP
import Hosting
import Hummingbird
import JSON
import JetStream
package import Logging
import Operations
import Postgres
package import ServiceLifecycle
import Settings
import Streams
import Telemetry

/// The wiring of `jspg-cdc`: connections, stream, slot, replication.
package struct CDCApplication: Sendable {
    private let configuration: CDCConfiguration
    private let registry = MetricRegistry()
    private let logger: Logger

    package init(_ configuration: CDCConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Runs until SIGTERM or SIGINT, or until it can't.
    ///
    /// - Returns: the exit status.
    package func run() async -> Int32 {
        await HostRun.run(shutdownGrace: configuration.common.shutdownGrace, logger: logger) { _ in
            try await services()
        }
    }

    /// - Throws: `HostFailure`.
    package func services() async throws -> [any Service] {
        let nats = try await configuration.nats.connect(
            host: "jspg-cdc", within: configuration.common.startTimeout, logger: logger)
        let jetStream = JetStream(nats)
        let streams = CaptureStreams(
            jetStream: jetStream, replicas: configuration.common.streamReplicas,
            maximumBytes: configuration.streamMaximumBytes)
        let (stream, bucket) = try await ensure(streams)
        let database = PostgresConfiguration(url: configuration.databaseURL, applicationName: "jspg-cdc")
        let pool = PostgresPool(database, size: 1, logger: logger)
        try await checkDatabase(pool)
        let slot = ReplicationSlot(name: configuration.slot, publication: configuration.publication, pool: pool)
        let state = CaptureState()
        let publisher = ChangePublisher(jetStream: jetStream, isAtomic: stream.allowsAtomicPublish, state: state)
        ProcessMetrics.register(in: registry)
        observe(state)
        return [
            HostConnections(nats: nats, others: [{ await pool.close() }]),
            HTTPServer(
                router: router { Self.health(state, nats) },
                configuration: HTTPServerConfiguration(host: configuration.host, port: configuration.port),
                logger: logger),
            Heartbeat(nats: nats, slot: slot, state: state),
            ReplicationService(
                configuration: database, slot: slot, memory: PositionStore(bucket: bucket, slot: configuration.slot),
                streams: streams, publisher: publisher, detail: configuration.events,
                snapshot: configuration.takesSnapshot
                    ? InitialSnapshot(configuration: database, publisher: publisher, logger: logger) : nil,
                state: state, logger: logger),
        ]
    }

    private func observe(_ state: CaptureState) {
        registry.counter("jspg_cdc_changes_total", help: "Change events stored in JetStream.") {
            Double(state.changes)
        }
        registry.gauge("jspg_cdc_lag_seconds", help: "Age of the oldest change that is received and not stored.") {
            Double(state.lag(at: .now())) / 1_000
        }
        // Without a value where there is no slot, or it is lost: a zero would look like all is well.
        registry.gauge("jspg_cdc_wal_kept_bytes", help: "WAL that PostgreSQL keeps for the slot.") {
            state.keptBytes.map { Double($0) }
        }
        registry.gauge(
            "jspg_cdc_replicating", help: "1 while changes are received; 0 on standby or without PostgreSQL."
        ) {
            state.phase == .replicating ? 1 : 0
        }
    }

    private func router(health: @escaping @Sendable () -> HealthReport) -> Router<HostRequestContext> {
        let router = Router(context: HostRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware(logger: logger))
        router.addHealthRoutes(report: health)
        router.addMetricsRoute(registry)
        return router
    }

    private static func health(_ state: CaptureState, _ nats: NATSConnection) -> HealthReport {
        let phase = state.phase
        let isConnected = nats.isConnected
        let storeFailure = state.storeFailure()
        var report = HealthReport(
            isHealthy: isConnected && storeFailure == nil && [.snapshot, .replicating, .standby].contains(phase),
            reason: !isConnected
                ? "NATS is away; changes wait in PostgreSQL until it is back."
                : phase == .waiting
                    ? "Changes can't be captured: \(state.reason ?? "unknown")."
                    : storeFailure.map { "Changes can't be stored and wait in PostgreSQL: \($0)." })
        report.add("state") { $0.string(phase.rawValue) }
        report.add("nats") { $0.bool(isConnected) }
        report.add("lagMs") { $0.number(state.lag(at: .now())) }
        report.add("walKeptBytes") { writer in
            if let bytes = state.keptBytes { writer.number(bytes) } else { writer.null() }
        }
        return report
    }

    // MARK: - Servers

    private func ensure(_ streams: CaptureStreams) async throws -> (stream: StreamInfo, bucket: KeyValueBucket) {
        do {
            return try await streams.ensure(waitingUpTo: configuration.common.startTimeout)
        } catch {
            throw HostFailure("The stream of changes can't be used: \(error).")
        }
    }

    private func checkDatabase(_ pool: PostgresPool) async throws {
        do {
            let level = try await DatabaseStart(pool: pool, timeout: configuration.common.startTimeout, logger: logger)
                .run { connection in
                    try await connection.run { try $0.query("SHOW wal_level").string(0, 0) }
                }
            guard level == "logical" else {
                throw HostFailure(
                    "PostgreSQL's wal_level is \(level ?? "unknown"): set it to logical and restart PostgreSQL. "
                        + "Without change data capture jspg works; leave jspg-cdc out then.")
            }
        } catch let error as DatabaseStartError {
            throw HostFailure(error.description)
        }
    }
}
