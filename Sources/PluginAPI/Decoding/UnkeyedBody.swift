// An array.

/// Decodes the elements of an array, one after another.
struct UnkeyedBody: UnkeyedDecodingContainer {
    let decoder: BodyDecoder
    private(set) var currentIndex = 0
    private var node: Int

    init(decoder: BodyDecoder) {
        self.decoder = decoder
        node = decoder.node + 1
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { decoder.document.nodes[decoder.node].count }
    var isAtEnd: Bool { currentIndex >= decoder.document.nodes[decoder.node].count }

    private func current(_ type: Any.Type) throws -> BodyDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type,
                DecodingError.Context(
                    codingPath: codingPath + [BodyKey(index: currentIndex)],
                    debugDescription: "The array has too few elements."))
        }
        return BodyDecoder(document: decoder.document, node: node)
    }

    private mutating func advance() {
        node = decoder.document.nodes[node].next
        currentIndex += 1
    }

    mutating func decodeNil() throws -> Bool {
        let element = try current(Never?.self)
        guard element.document.nodes[element.node].kind == .null else { return false }
        advance()
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try Value(from: current(type))
        advance()
        return value
    }

    mutating func decodeIfPresent<Value: Decodable>(_ type: Value.Type) throws -> Value? {
        if isAtEnd { return nil }
        if try decodeNil() { return nil }
        return try decode(type)
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let container = try current(KeyedDecodingContainer<NestedKey>.self).container(keyedBy: type)
        advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try current([String].self).unkeyedContainer()
        advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let element = try current(Never.self)
        advance()
        return element
    }
}
