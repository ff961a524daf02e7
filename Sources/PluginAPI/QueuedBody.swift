// The body of a write that waits in the queue, for upgrades.

/// The JSON object that an older version of the table queued; what ``TableHandler/upgrade(_:from:_:)`` changes.
///
/// Values that are not touched keep their text, numbers to the last digit.
public struct QueuedBody: Sendable {
    /// The members, each value as the JSON that it was.
    private var names: [String] = []
    private var values: [String] = []

    /// For tests of an upgrade; a host's calls make their own.
    ///
    /// - Parameter bytes: a JSON object, UTF-8.
    public init(_ bytes: [UInt8]) throws(WriteRejection) {
        let document = try BodyDocument(parsing: bytes)
        guard document.nodes[0].kind == .object else {
            throw WriteRejection("type", "The body must be an object.")
        }
        var node = 1
        for _ in 0..<document.nodes[0].count {
            names.append(document.string(node) ?? "")
            values.append(String(decoding: bytes[document.range(node + 1)], as: UTF8.self))
            node = document.nodes[node + 1].next
        }
    }

    /// Whether there is a member of that name, be it `null`.
    public func contains(_ name: String) -> Bool { names.contains(name) }

    /// Decodes the whole body as it is now.
    ///
    /// - Throws: `required`, `type` or `invalid_value` with the place.
    public func decode<Value: Decodable>(_ type: Value.Type) throws(WriteRejection) -> Value {
        try BodyDecoder.decode(type, from: bytes)
    }

    /// Sets a member, in the place of one of that name or as the last.
    public mutating func set(_ name: String, to value: JSONLiteral) {
        if let index = names.firstIndex(of: name) {
            values[index] = value.text
        } else {
            names.append(name)
            values.append(value.text)
        }
    }

    /// Gives a member another name, in the place of one that has it; nothing happens where there is none.
    public mutating func rename(_ name: String, to newName: String) {
        guard name != newName, names.contains(name) else { return }
        remove(newName)
        if let index = names.firstIndex(of: name) { names[index] = newName }
    }

    /// Removes a member; nothing happens where there is none.
    public mutating func remove(_ name: String) {
        guard let index = names.firstIndex(of: name) else { return }
        names.remove(at: index)
        values.remove(at: index)
    }

    /// The body as JSON, UTF-8.
    var bytes: [UInt8] {
        var object = JSONText.Object()
        for index in names.indices { object.add(names[index], values[index]) }
        return Array(object.finished.utf8)
    }
}
