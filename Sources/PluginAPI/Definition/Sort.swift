// Orders of lists.

/// The columns that lists may be sorted by (`?sort=-created_at`), and the order without that parameter.
public struct Sort: TableElement {
    public let part: TablePart

    /// - Parameters:
    ///   - columns: the columns that clients may sort by, of any type but ``SQLType/jsonb``. Each should have an index.
    ///   - defaultOrder: a column, with `-` before it for descending order.
    public init(_ columns: String..., defaultOrder: String) {
        part = TablePart(.sort, defaultOrder, columns.map(JSONText.quoted))
    }
}
