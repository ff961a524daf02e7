// Asks PostgreSQL and JetStream how far parent partitions are.
import JetStream
import Operations
import PluginHost
import Postgres
import Tables

/// Looks up `ParentProgress` for a batch.
struct ParentCheck: Sendable {
    let context: ProcessorContext

    /// How far the partitions are that may hold the parents of `operations`.
    ///
    /// Must be read before the batch is tried: what is found decided then is visible to its transaction.
    func progress(
        for operations: some Sequence<PreparedOperation>, in descriptor: TableDescriptor
    ) async throws -> ParentProgress {
        let tables = Set(descriptor.columns.compactMap { $0.references?.table })
        var progress = ParentProgress(
            keys: tables.reduce(into: [:]) { $0[$1] = context.plugins.tables.table($1)?.descriptor.key.name })
        for parent in Set(operations.flatMap { progress.parents(of: $0, in: descriptor) }) {
            progress.firstUndecided[parent] = try await firstUndecided(of: parent)
        }
        return progress
    }

    private func firstUndecided(of parent: ParentProgress.ParentPartition) async throws -> UInt64 {
        let last = try await context.pool.withConnection { connection in
            try await connection.run { connection in
                try connection.query(
                    "SELECT last FROM write_partitions WHERE table_name = $1 AND partition = $2",
                    [.text(parent.table), .int4(Int32(parent.partition))]
                ).int64(0, 0)
            }
        }
        // No processor has ever served that partition, so nobody will bring the parent: nothing to wait for.
        guard let last else { return .max }
        let next = try await context.jetStream.messages(
            stream: StreamName.writes, from: UInt64(last) + 1,
            nextBySubject: Subject.writes(table: parent.table, partition: parent.partition),
            upTo: .max, limit: 1)
        return next.first?.sequence ?? .max
    }
}
