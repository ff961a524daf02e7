// What a table is: everything that a plugin declares of it.
package import Operations

/// A table as its plugin describes it, checked.
package struct TableDescriptor: Sendable {
    package struct Filter: Sendable {
        /// The name of the query parameter.
        package let parameter: String
        /// Index in `columns`.
        package let column: Int
        package let operators: [FilterOperator]
    }

    package struct SortTerm: Sendable, Hashable {
        /// Index in `columns`.
        package let column: Int
        package let isDescending: Bool
    }

    package struct TableMigration: Sendable, Hashable {
        package let version: Int
        package let name: String
        package let sql: String
    }

    /// A function of the plugin that says whether values are good.
    package struct Check: Sendable, Hashable {
        package let function: String
        package let signature: TypedSignature
        /// Indices in `columns`.
        package let columns: [Int]
        package let message: String
    }

    /// A function of the plugin that computes a column.
    package struct Derive: Sendable, Hashable {
        /// Index in `columns`.
        package let column: Int
        package let function: String
        package let signature: TypedSignature
        /// Indices in `columns`.
        package let from: [Int]
    }

    package let name: String
    package let pluginName: String
    package let pluginVersion: String
    package let schemaVersion: Int
    package let columns: [ColumnDescriptor]
    /// Index in `columns`.
    package let keyIndex: Int
    package let operations: Set<OperationKind>
    package let filters: [Filter]
    /// Indices of the columns that lists may be sorted by.
    package let sortable: [Int]
    package let defaultOrder: [SortTerm]
    package let migrations: [TableMigration]
    /// Further namespaces that an operation makes stale.
    package let invalidates: [OperationKind: Set<String>]
    package let checks: [Check]
    package let derives: [Derive]
    /// The descriptor as the plugin wrote it.
    package let source: [UInt8]
    let row: RowStatement

    package var key: ColumnDescriptor { columns[keyIndex] }

    /// Names that no table can have: the first segments of the hosts' own paths, and their own tables.
    package static let reservedNames: Set<String> = [
        "status", "events", "tables", "health", "metrics", "jspg", "jspg_migrations", "write_operations",
        "write_partitions",
    ]

    /// The id in the form in which PostgreSQL writes it; `nil` where it is no value of the key's type.
    package func normalizedEntityID(_ text: String) -> String? {
        guard !text.isEmpty, text.utf8.count <= 512 else { return nil }
        return key.type.queryValue(text)
    }
}
