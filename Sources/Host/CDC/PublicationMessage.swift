// What pgoutput sends.

/// A message of the logical replication protocol, version 1
/// (PostgreSQL documentation, "Logical Replication Message Formats").
enum PublicationMessage: Equatable {
    /// A column of a relation.
    struct Column: Equatable {
        let isKey: Bool
        let name: String
        /// Object id of its type.
        let type: UInt32
    }

    /// A value of a row.
    enum Value: Equatable {
        case null
        /// A large value that an update did not touch: it is not sent.
        case unchanged
        /// PostgreSQL's text form.
        case text([UInt8])
    }

    /// - Parameters:
    ///   - commit: where the transaction's commit record ends.
    ///   - time: of the commit, microseconds since 1970-01-01 00:00:00 UTC.
    case begin(commit: LogSequenceNumber, time: Int64, transaction: UInt32)
    /// - Parameter end: everything up to here is in transactions that were sent.
    case commit(end: LogSequenceNumber)
    case relation(id: UInt32, schema: String, table: String, columns: [Column])
    case insert(relation: UInt32, row: [Value])
    /// - Parameter old: the key before, where it may have changed; `nil` for a table whose identity is the whole row, of which
    ///   nothing tells the key.
    case update(relation: UInt32, old: [Value]?, row: [Value])
    case delete(relation: UInt32, old: [Value])
    case truncate(relations: [UInt32])
    /// Types, origins, logical messages.
    case other
}
