// How PostgreSQL renders rows as JSON.

/// The SQL expression that makes a row's JSON, in the formats of the HTTP contract: NUMERIC values are strings,
/// timestamps RFC 3339 in UTC, JSON stays JSON.
enum RowRendering {
    /// - Parameter columns: in the order of the members.
    static func expression(_ columns: [ColumnDescriptor]) -> String {
        let members = columns.map { column in
            let name = TableStatements.quoted(column.name)
            return "\(value("t.\(name)", column.type)) AS \(name)"
        }
        // No column has a space in its name: a bare name would mean a column before it means the row.
        let row = TableStatements.quoted("the row")
        return "(SELECT row_to_json(\(row))::text FROM (SELECT \(members.joined(separator: ", "))) AS \(row))"
    }

    private static func value(_ column: String, _ type: ColumnType) -> String {
        switch type {
        case .numeric, .anyNumeric: "\(column)::text"
        case .timestamptz:
            // What has no form in RFC 3339 (before the year 1, after 9999, infinity), which only SQL writes, as PostgreSQL has it.
            #"""
            CASE WHEN \#(column) >= '0001-01-01T00:00:00Z' AND \#(column) < '10000-01-01T00:00:00Z' \#
            THEN to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE \#(column)::text END
            """#
        default: column
        }
    }
}
