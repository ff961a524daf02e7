// The key column.

/// The table's key. Its value is the entity id: the host's own on create, the path's otherwise; never in a body.
public struct Key: TableElement {
    public let part: TablePart

    /// - Parameters:
    ///   - name: the column.
    ///   - type: ``SQLType/uuid`` or ``SQLType/text``.
    public init(_ name: String, _ type: SQLType) { part = .column(.key, name, type, source: nil) }
}
