// Operations that a table takes.

/// The operations that clients may ask for; any other is answered 405.
public struct Operations: TableElement {
    public let part: TablePart

    /// - Parameter operations: one or more.
    public init(_ operations: WriteOperation...) {
        part = TablePart(.operations, "", operations.map { JSONText.quoted($0.rawValue) })
    }
}
