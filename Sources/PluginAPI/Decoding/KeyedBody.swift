// An object.

/// Decodes the members of an object. Strings, numbers and booleans go by way of ``SingleBody``: the generic
/// methods stand for every requirement of the protocol.
struct KeyedBody<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: BodyDecoder
    private let search: MemberSearch

    init(decoder: BodyDecoder) {
        self.decoder = decoder
        search = MemberSearch(decoder.document, decoder.node)
    }

    var codingPath: [any CodingKey] { decoder.codingPath }

    var allKeys: [Key] {
        var keys: [Key] = []
        for name in search.names {
            if let key = Key(stringValue: name) { keys.append(key) }
        }
        return keys
    }

    private func find(_ key: Key) -> Int? { search.find(key.stringValue) }

    private func value(_ key: Key) throws -> BodyDecoder {
        guard let node = find(key) else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "This member is missing."))
        }
        return BodyDecoder(document: decoder.document, node: node)
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool {
        let value = try value(key)
        return value.document.nodes[value.node].kind == .null
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try Value(from: value(key))
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        guard let node = find(key), decoder.document.nodes[node].kind != .null else { return nil }
        return try Value(from: BodyDecoder(document: decoder.document, node: node))
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try value(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try value(key).unkeyedContainer()
    }

    /// The object itself: JSON has no place of its own for a superclass.
    func superDecoder() throws -> any Decoder { decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { try value(key) }
}
