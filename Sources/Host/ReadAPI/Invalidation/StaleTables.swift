// The messages on `jspg.invalidate` and `jspg.changed`.
import JSON

/// Tables whose cached bodies are stale: a read-api asks another one to invalidate them, which is answered `ok` by one that
/// has, or tells that it has done so itself.
struct StaleTables: Sendable, Equatable {
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
