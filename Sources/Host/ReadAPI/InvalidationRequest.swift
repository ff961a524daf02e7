// The message on `jspg.invalidate`.
import JSON

/// Asks another read-api to invalidate; answered `ok` by one that has.
struct InvalidationRequest: Sendable, Equatable {
    let tables: Set<String>

    init(tables: Set<String>) {
        self.tables = tables
    }

    func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("tables")
        writer.beginArray()
        for table in tables.sorted() { writer.string(table) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// `nil` where the bytes are none.
    init?(decoding bytes: [UInt8]) {
        guard let root = try? JSONDocument(parsing: bytes).root, let tables = root["tables"] else { return nil }
        self.init(tables: Set(tables.elements.compactMap(\.string)))
    }
}
