// What one partition's worker wants committed.
import Operations
import PluginHost
import Tables

/// Decoded operations of one partition, in stream order.
struct PartitionBatch: Sendable {
    let table: LoadedTable
    let partition: Int
    /// Which stream the sequences are of: when it was made.
    let stream: String
    let operations: [PreparedOperation]
    /// Everything of the partition at or below this sequence is decided with this batch.
    let through: UInt64
    /// What is known of the partitions that bring the rows referred to.
    let parents: ParentProgress
    /// When the batch began; its operations end then.
    let now: Timestamp
    /// Whether it must have a transaction of its own, so that what happens to it happens to no other.
    let isAlone: Bool
}
