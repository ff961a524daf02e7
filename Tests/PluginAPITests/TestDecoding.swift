// The decoder as a handler sees it.
import PluginAPI

enum TestDecoding {
    /// Decodes a body by way of a table's upgrade, which gives a public hold of the decoder.
    static func decode<Value: Decodable & Sendable>(_ type: Value.Type, _ text: String) throws -> Value {
        try QueuedBody(Array(text.utf8)).decode(type)
    }
}
