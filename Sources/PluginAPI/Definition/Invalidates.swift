// Other tables whose cached reads a write makes old.

/// Tables whose rows change when this one's do, for example by `ON DELETE CASCADE`. Their cached reads become
/// invalid with this table's own.
public struct Invalidates: TableElement {
    public let part: TablePart

    /// - Parameters:
    ///   - tables: their names; they may come from other plugins.
    ///   - operation: the operation of this table that changes them.
    public init(_ tables: String..., on operation: WriteOperation) {
        part = TablePart(.invalidates, operation.rawValue, tables.map(JSONText.quoted))
    }
}
