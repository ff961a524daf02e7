// What one partition's worker wants committed.
import Operations
import PluginHost
import Tables

/// Decoded operations of one partition, in stream order.
struct PartitionBatch: Sendable {
    let table: LoadedTable
    let partition: Int
    /// Up to where the worker knows the partition decided, and in which stream.
    let position: PartitionPosition.Position
    let operations: [PreparedOperation]
    /// Everything of the partition at or below this sequence is decided with this batch.
    let through: UInt64
    /// What is known of the partitions that bring the rows referred to.
    let parents: ParentProgress
    /// When it is to be committed; its operations end then. Not when their messages came: they may have waited for long.
    let now: Timestamp
    /// Whether it must have a transaction of its own, so that what happens to it happens to no other.
    let isAlone: Bool
}
