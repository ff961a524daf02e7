// A JSON text, parsed once and then only looked at.

/// A JSON text (RFC 8259), checked strictly and kept as it was written.
///
/// Strict: valid UTF-8, no lone surrogate, no duplicate member name, nothing after the value, at most
/// `maximumDepth` levels. Exact: numbers and strings stay the bytes that were sent; nothing is rounded.
/// Values are looked at through `JSONValue`, which is a reference into the document.
package struct JSONDocument: Sendable {
    let storage: JSONStorage

    /// How many objects and arrays may stand inside each other, unless somebody says otherwise.
    package static let maximumDepth = 64

    /// - Parameters:
    ///   - bytes: the text; at most 2 GiB.
    ///   - maximumDepth: how many objects and arrays may stand inside each other.
    package init(parsing bytes: [UInt8], maximumDepth: Int = JSONDocument.maximumDepth) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
        let nodes = try parser.parse()
        storage = JSONStorage(bytes: bytes, nodes: nodes)
    }

    package init(parsing text: String, maximumDepth: Int = JSONDocument.maximumDepth) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
    }

    /// The text's one value.
    package var root: JSONValue { JSONValue(storage: storage, index: 0) }
}
