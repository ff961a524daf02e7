// How PostgreSQL renders rows as JSON.

/// The SQL expression that makes a row's JSON, in the formats of the HTTP contract: NUMERIC values are strings,
/// timestamps RFC 3339 in UTC, JSON stays JSON.
enum RowRendering {
    /// - Parameter columns: indices in the descriptor's columns, in the order of the members.
    static func expression(_ columns: [Int], of descriptor: TableDescriptor) -> String {
        // PostgreSQL's functions take at most 100 arguments; longer rows are put together from objects.
        let pairs = columns.map { index in
            let column = descriptor.columns[index]
            let name = TableStatements.quoted(column.name)
            return "'\(column.name)', \(value("t.\(name)", column.type))"
        }
        let chunks = stride(from: 0, to: pairs.count, by: 45).map { pairs[$0..<min($0 + 45, pairs.count)] }
        if chunks.count == 1 { return "json_build_object(\(pairs.joined(separator: ", ")))::text" }
        return "("
            + chunks.map { "jsonb_build_object(\($0.joined(separator: ", ")))" }.joined(separator: " || ")
            + ")::text"
    }

    private static func value(_ column: String, _ type: ColumnType) -> String {
        switch type {
        case .numeric, .anyNumeric: "\(column)::text"
        case .timestamptz: #"to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#
        default: column
        }
    }
}
