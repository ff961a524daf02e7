// How far the partitions are whose rows a batch refers to.
import Operations
import Tables

/// What is known about partitions of parent tables: an operation whose parent row is missing has failed only where
/// nothing that was stored before it may still bring that row.
///
/// Waiting for a parent can't deadlock: an operation only ever waits for older ones, and the oldest undecided
/// operation waits for nothing.
struct ParentProgress: Sendable {
    struct ParentPartition: Hashable, Sendable {
        var table: String
        var partition: Int
    }

    /// The key column of each parent table, as far as it is loaded here.
    let keys: [String: String]
    /// The stream sequence of the first undecided message of a partition; `UInt64.max` where there is none.
    var firstUndecided: [ParentPartition: UInt64] = [:]

    init(keys: [String: String] = [:]) {
        self.keys = keys
    }

    /// Whether everything that was stored before the operation and may bring its parents is decided.
    func isDecided(before operation: PreparedOperation, in descriptor: TableDescriptor) -> Bool {
        parents(of: operation, in: descriptor).allSatisfy { parent in
            guard let sequence = firstUndecided[parent] else { return false }
            // It may be the operation itself, where a table refers to itself.
            return sequence >= operation.streamSequence
        }
    }

    /// The partitions that may hold the writes of the rows that an operation refers to.
    func parents(of operation: PreparedOperation, in descriptor: TableDescriptor) -> Set<ParentPartition> {
        var parents: Set<ParentPartition> = []
        for (column, value) in zip(descriptor.columns, operation.row) {
            guard let reference = column.references, case .text(let key) = value else { continue }
            var partitions = [Partition.plainSubject]
            if keys[reference.table].map({ $0 == reference.column }) ?? true {
                let text = String(decoding: key, as: UTF8.self)
                // In the form in which the gateway names the parent's row.
                partitions.append(Partition.of(entityID: column.type.queryValue(text) ?? text))
            } else {
                // Which row it is that has this value, only PostgreSQL knows.
                partitions += 0..<Partition.count
            }
            for partition in partitions {
                parents.insert(ParentPartition(table: reference.table, partition: partition))
            }
        }
        return parents
    }
}
