// How the operations on one entity are kept in order.

/// Writes of a table are spread over a fixed number of subjects by entity; each is worked strictly in order.
package enum Partition {
    /// Fixed: with another number, operations on one entity could overtake each other.
    package static let count = 8

    /// The number under which `write_partitions` keeps the plain subject `writes.{table}`.
    package static let plainSubject = -1

    /// The partition whose writes go to the subject; `nil` where it is none of the table's.
    package static func of(subject: String, table: String) -> Int? {
        (plainSubject..<count).first { Subject.writes(table: table, partition: $0) == subject }
    }

    /// 0 to 7. FNV-1a (64 bits) of the id's UTF-8 bytes.
    package static func of(entityID: String) -> Int {
        let hash = FNV1a.hash(entityID)
        // The low bits of FNV-1a depend on the last bytes most; fold the high half in.
        return Int((hash ^ hash >> 32) % UInt64(count))
    }
}
