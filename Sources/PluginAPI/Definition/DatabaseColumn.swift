// Columns that PostgreSQL fills.

/// A column that no host writes: its value is the DEFAULT of the migration, or a trigger's. Read only for clients.
public struct DatabaseColumn: TableElement {
    public let part: TablePart

    /// - Parameter nullable: whether it may be NULL. Say `false` where the migration says `NOT NULL`: lists in the order of
    ///   this column then use its index.
    public init(_ name: String, _ type: SQLType, nullable: Bool = true) {
        part = .column(.column, name, type, source: "database", isNullable: nullable)
    }
}
