// Typed functions that compute a column.

/// A derived column that an exported C function computes from others, called with native values and no JSON.
public struct Derive: TableElement {
    public let part: TablePart

    /// - Parameters:
    ///   - column: a ``DerivedColumn`` of the table; not the key.
    ///   - function: the symbol, which starts with `jspg_fn_`; `@c(jspg_fn_…) public func` exports it.
    ///   - signature: its types as `jspg_plugin.h` lists them, such as `utf8(utf8)`.
    ///   - sources: the columns that it is given, in order; no ``DatabaseColumn``, which PostgreSQL fills later.
    public init(_ column: String, by function: String, _ signature: String, from sources: String...) {
        var derive = JSONText.Object()
        derive.add("derive", JSONText.quoted(column))
        derive.add("function", JSONText.quoted(function))
        derive.add("from", JSONText.strings(sources))
        derive.add("signature", JSONText.quoted(signature))
        part = TablePart(.derives, column, [derive.finished])
    }
}
