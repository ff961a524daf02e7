// Codable input types from a body.

/// A `Decoder` at one value of a body. A pair of words: it fits an existential without an allocation.
struct BodyDecoder: Decoder {
    let document: BodyDocument
    let node: Int

    var codingPath: [any CodingKey] { document.path(to: node) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Decodes a whole body.
    ///
    /// - Throws: every reason as a ``WriteRejection`` with the JSON Pointer of the value at fault.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(WriteRejection) -> Value {
        let document = try BodyDocument(parsing: bytes)
        do {
            return try Value(from: BodyDecoder(document: document, node: 0))
        } catch {
            throw WriteRejection(decoding: error)
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard document.nodes[node].kind == .object else { throw mismatch([String: String].self, "an object") }
        return KeyedDecodingContainer(KeyedBody<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard document.nodes[node].kind == .array else { throw mismatch([String].self, "an array") }
        return UnkeyedBody(decoder: self)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        SingleBody(decoder: self)
    }

    /// The value as an exact number.
    func decimal() throws -> ExactDecimal {
        guard let text = document.number(node) else { throw mismatch(ExactDecimal.self, "a number") }
        guard let value = ExactDecimal(number: text) else {
            throw ExactDecimal.tooPrecise.moved(to: WriteRejection.pointer(codingPath))
        }
        return value
    }

    /// The error of a value of another kind than the one asked for.
    func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
        let found =
            switch document.nodes[node].kind {
            case .object: "an object"
            case .array: "an array"
            case .string, .escapedString: "a string"
            case .number: "a number"
            case .yes, .no: "a boolean"
            case .null: "null"
            }
        return .typeMismatch(
            type,
            DecodingError.Context(
                codingPath: codingPath, debugDescription: "This must be \(expected), and is \(found)."))
    }
}
