// What a table needs before its writes can be processed.
import JetStream
import Logging
import Operations
import PluginHost
import Postgres
import Streams
import Tables
import Telemetry

/// Applies the plugin's migrations, looks whether the table is as the plugin describes it, and makes the partitions' rows
/// and consumers. Idempotent.
struct TableSetUp: Sendable {
    let context: ProcessorContext
    /// Off where an operator runs `jspg migrate`.
    let migrates: Bool

    /// - Throws: `PostgresError`, `MigrationError`, `MissingColumns` or `JetStreamError`; may be tried again.
    func run(_ table: LoadedTable) async throws {
        try await context.availability.waitUntilAvailable()
        let name = table.descriptor.name
        if migrates { try await migrate(table) }
        try await checkThatColumnsExist(table)
        try await context.pool.query(
            """
            INSERT INTO write_partitions (table_name, partition)
            SELECT $1, generate_series($2::int, $3::int) ON CONFLICT DO NOTHING
            """, [.text(name), .int4(Int32(Partition.plainSubject)), .int4(Int32(Partition.count - 1))])
        if migrates { await publishChanges(of: name) }
        for partition in [Partition.plainSubject] + Array(0..<Partition.count) {
            _ = try await context.jetStream.ensureConsumer(HostStreams.writer(table: name, partition: partition))
        }
        context.logger.info("processing the table", metadata: [LogKey.table: "\(name)"])
    }

    /// Every write would fail otherwise, long after it was accepted.
    private func checkThatColumnsExist(_ table: LoadedTable) async throws {
        let sql = table.statements.presence
        do {
            try await context.pool.run { connection in try connection.execute(sql) }
        } catch let error as PostgresError where error.kind == .undefined && !error.isRefusedConnection {
            throw MissingColumns(
                table: table.descriptor.name, reason: error.reason ?? error.safeDescription, migrates: migrates)
        } catch let error as PostgresError where error.kind == .permission && !error.isRefusedConnection {
            // Who may write need not be allowed to read. PostgreSQL looks for the names first.
        }
    }

    /// Without it the table is served all the same: writes invalidate by themselves.
    private func publishChanges(of table: String) async {
        do {
            let isPublished = try await context.pool.run { connection in
                // For as long as it takes: it is not tried again.
                try connection.query("SET lock_timeout = 0")
                defer { _ = try? connection.query("RESET lock_timeout") }
                try ChangePublication.ensure(table: table, on: connection)
                return try ChangePublication.contains(table, on: connection)
            }
            guard !isPublished else { return }
            context.logger.warning(
                """
                the table's changes are not published: rows that are changed by others show after the cache's time to \
                live. PostgreSQL can't tell its rows apart: give it a PRIMARY KEY, or name a unique index with ALTER \
                TABLE … REPLICA IDENTITY USING INDEX …
                """, metadata: [LogKey.table: "\(table)"])
        } catch {
            context.logger.warning(
                """
                the table's changes are not published: rows that are changed by others show after the cache's time to \
                live. The database user needs CREATE on the database, or run `jspg migrate` as one who has it
                """,
                metadata: [
                    LogKey.error: "\(error)",
                    LogKey.table: "\(table)",
                ])
        }
    }

    private func migrate(_ table: LoadedTable) async throws {
        let migrations = table.descriptor.migrations.map {
            Migration(version: $0.version, name: $0.name, sql: $0.sql)
        }
        let applied = try await context.pool.withConnection { connection in
            try await MigrationRunner.run(
                owner: table.descriptor.name, migrations: migrations, on: connection, waits: false)
        }
        for migration in applied {
            context.logger.notice(
                "applied a migration of the plugin",
                metadata: [
                    LogKey.table: "\(table.descriptor.name)", LogKey.version: "\(migration.version)",
                    LogKey.plugin: "\(table.descriptor.pluginName)",
                ])
        }
    }
}
