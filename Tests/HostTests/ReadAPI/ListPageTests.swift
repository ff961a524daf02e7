// The body of a list.
import JSON
import Tables
import Testing

@testable import ReadAPI

@Suite("List page")
struct ListPageTests {
    private static let descriptor = """
        {"name": "things", "plugin": {"name": "Things", "version": "1.0.0"}, "schemaVersion": 1, "key": "id",
        "columns": [{"name": "id", "type": "uuid"}, {"name": "name", "type": "text", "json": "name"}],
        "operations": ["create"], "migrations": []}
        """

    private func page(rows: Int, limit: Int, takingEach: Bool = false) throws -> JSONValue {
        let list = try ListQuery(
            items: [("limit", String(limit))].map { (name: $0.0, value: $0.1) },
            descriptor: try TableDescriptor(parsing: Array(Self.descriptor.utf8)))
        var page = ListPage(list, table: "things")
        var bytes: [UInt8] = []
        for row in 0..<rows {
            page.append(keys: { (0..<list.keysetColumns).map { _ in "k\(row)" } }) {
                $0 += Array("{\"n\":\(row)}".utf8)
            }
            if takingEach { bytes += page.take() }
        }
        page.finish()
        return try JSONDocument(parsing: bytes + page.take()).root
    }

    @Test("empty, less than a page, a page, more than a page", arguments: [0, 1, 3, 4])
    func counts(rows: Int) throws {
        let json = try page(rows: rows, limit: 3)
        #expect(json["things"]?.count == min(rows, 3))
        #expect(json["limit"]?.int64 == 3 && json["offset"]?.int64 == 0)
        // The query asks for one row more than the page has.
        #expect(json["next"]?.isNull == (rows <= 3))
    }

    @Test("in portions it is the same")
    func portions() throws {
        let whole = try page(rows: 4, limit: 3)
        let inPortions = try page(rows: 4, limit: 3, takingEach: true)
        #expect(whole.source == inPortions.source)
    }
}
