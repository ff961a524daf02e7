// Columns that PostgreSQL fills.

/// A column that no host writes: its value is the DEFAULT of the migration, or a trigger's. Read only for clients.
public struct DatabaseColumn: TableElement {
    public let part: TablePart

    public init(_ name: String, _ type: SQLType) { part = .column(.column, name, type, source: "database") }
}
