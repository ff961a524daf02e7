// A gateway that could not load all plugins.
import Gateway
import HTTP
import HTTPTypes
import JSON
import JetStream
import Logging
import Operations
import Telemetry
import Testing

@Suite("Gateway that lacks tables")
struct GatewayLackingTablesTests {
    private struct NoTables: TableDirectory {
        let mayLackTables: Bool

        func table(named name: String) -> (any WritableTable)? { nil }
    }

    private struct NoPublisher: WritePublisher {
        func publish(_ messages: [NATSMessage], completion: @escaping @Sendable (Int, PublishResult) -> Void) {
            Issue.record("there is no table to write to")
        }

        func publishBatch(_ messages: [NATSMessage], completion: @escaping @Sendable (BatchPublishResult) -> Void) {
            Issue.record("there is no table to write to")
        }
    }

    private struct NoDuplicates: DuplicateSource {
        func find(_: WriteIdentity, sequence _: UInt64) async -> DuplicateFinding { .gone }
    }

    private func gate(mayLackTables: Bool) -> WriteGate {
        let metrics = GatewayMetrics(MetricRegistry())
        return WriteGate(
            tables: NoTables(mayLackTables: mayLackTables),
            committer: WriteCommitter(GroupCommit(), publisher: NoPublisher(), metrics: metrics) { _, _ in },
            duplicates: DuplicateResolver(NoDuplicates()), limits: WriteGateLimits(), metrics: metrics,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("a table that may be one of a plugin that could not be loaded is 503 rather than 404, which is final")
    func unknownTable() throws {
        func problem(mayLackTables: Bool) throws -> Problem {
            let gate = gate(mayLackTables: mayLackTables)
            return try #require(throws: Problem.self) { try gate.check(table: "items") }
        }
        let lacking = try problem(mayLackTables: true)
        #expect(lacking.kind == .unavailable && lacking.headers[.retryAfter] == "5")
        let unknown = try problem(mayLackTables: false)
        #expect(unknown.kind == .unknownTable && unknown.headers[.retryAfter] == nil)
    }

    @Test("a gateway whose plugins could all not be loaded is not ready; one that has none to load is")
    func readiness() {
        func report(_ tables: [String], mayLackTables: Bool) -> HealthReport {
            let plugins = tables.map { PluginSummary(table: $0, name: "P", version: "1") }
            let health = GatewayHealth(
                gate: gate(mayLackTables: mayLackTables), isConnected: { true }, plugins: { plugins },
                mayLackTables: { mayLackTables })
            return health.report
        }
        let refused = report([], mayLackTables: true)
        #expect(refused.isHealthy && !refused.isReady && refused.reason?.contains("could be loaded") == true)
        let partly = report(["items"], mayLackTables: true)
        #expect(partly.isReady && partly.reason?.contains("could be loaded") == true)
        #expect(report([], mayLackTables: false).isReady)
        #expect(report(["items"], mayLackTables: false).reason == nil)
    }
}
