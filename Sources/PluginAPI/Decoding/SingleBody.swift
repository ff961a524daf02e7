// One value: the only place where JSON becomes a Swift string, number or boolean.

/// Decodes the value itself.
struct SingleBody: SingleValueDecodingContainer {
    let decoder: BodyDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.document.nodes[decoder.node].kind == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard let value = decoder.document.bool(decoder.node) else { throw decoder.mismatch(type, "a boolean") }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard let value = decoder.document.string(decoder.node) else { throw decoder.mismatch(type, "a string") }
        return value
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard let text = decoder.document.number(decoder.node),
            let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite
        else { throw decoder.mismatch(type, "a number within a double's range") }
        return value
    }

    func decode(_ type: Float.Type) throws -> Float {
        guard let text = decoder.document.number(decoder.node),
            let value = Float(String(decoding: text, as: UTF8.self)), value.isFinite
        else { throw decoder.mismatch(type, "a number within a float's range") }
        return value
    }

    /// Every integer type.
    func decode<Value: FixedWidthInteger & Decodable>(_ type: Value.Type) throws -> Value {
        guard let integer = decoder.document.integer(decoder.node), let value = Value(exactly: integer) else {
            throw decoder.mismatch(type, "an integer of at most \(Value.bitWidth) bits")
        }
        return value
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: decoder) }
}
