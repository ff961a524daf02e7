// What a document's tape is made of.

/// One value, or one member's name, on the tape. Members are a name node followed by the value's nodes.
struct JSONNode: Sendable {
    enum Kind: UInt8 {
        case object, array, string, escapedString, number, `true`, `false`, null
    }

    var kind: Kind
    /// Where the value's text begins and ends, quotes and brackets included.
    var start: Int32
    var end: Int32
    /// The index after this value's last node.
    var next: Int32
    /// Members or elements.
    var count: Int32
}
