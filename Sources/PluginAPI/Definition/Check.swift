// Typed functions that check a column.

/// A rule that an exported C function decides, called with native values and no JSON.
///
/// ```swift
/// Check("jspg_fn_barcode_ok", "bool(utf8)", columns: "barcode", message: "The check digit is wrong.")
/// ```
public struct Check: TableElement {
    public let part: TablePart

    /// - Parameters:
    ///   - function: the symbol, which starts with `jspg_fn_`; `@c(jspg_fn_…) public func` exports it.
    ///   - signature: its types as `jspg_plugin.h` lists them, such as `bool(utf8)`; the result is `bool`.
    ///   - columns: the columns that it is given, in order: the key or a ``Column``, as no other has a value yet.
    ///   - message: one sentence for the client when it answers false.
    public init(_ function: String, _ signature: String, columns: String..., message: String) {
        var check = JSONText.Object()
        check.add("check", JSONText.quoted(function))
        check.add("signature", JSONText.quoted(signature))
        check.add("columns", JSONText.strings(columns))
        check.add("message", JSONText.quoted(message))
        part = TablePart(.checks, "", [check.finished])
    }
}
