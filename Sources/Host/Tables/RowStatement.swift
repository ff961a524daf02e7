// The statement that reads one row.
import Operations

/// Reads a row by its key, which is `$1`. Made once for a table.
struct RowStatement: Sendable {
    let sql: String
    /// Tells it from the one that the table had in another version: rows of another shape are cached under other keys.
    let digest: String

    init(table: String, columns: [ColumnDescriptor], key: ColumnDescriptor) {
        sql = """
            SELECT \(RowRendering.expression(columns)) \
            FROM \(TableStatements.quoted(table)) AS t \
            WHERE t.\(TableStatements.quoted(key.name)) = $1::\(key.type.sql)
            """
        digest = Fingerprint(method: "SELECT", path: "", body: Array(sql.utf8)).short
    }
}
