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
        let position = try await PartitionPosition(
            context: context, table: parent.table, partition: parent.partition
        ).current()
        // No processor has ever served that partition, so nobody will bring the parent: nothing to wait for.
        guard let position else { return .max }
        let next = try await context.jetStream.messages(
            stream: StreamName.writes, from: position.last + 1,
            nextBySubject: Subject.writes(table: parent.table, partition: parent.partition),
            upTo: .max, limit: 1)
        return next.first?.sequence ?? .max
    }
}
