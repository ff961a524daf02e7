// Columns that the plugin computes.

/// A column that ``TableHandler/prepare(_:_:into:)`` sets, or a typed function by ``Derive``. Read only for clients.
public struct DerivedColumn: TableElement {
    public let part: TablePart

    /// - Parameters:
    ///   - name: the column in PostgreSQL, and the member in rows that are read.
    ///   - type: its PostgreSQL type.
    public init(_ name: String, _ type: SQLType) { part = .column(.derivedColumn, name, type, source: "derived") }
}
