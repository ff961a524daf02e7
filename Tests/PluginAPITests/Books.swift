// A table that uses every part of the API.
import PluginAPI

struct Books: TableHandler {
    static let table = TableDefinition("books", version: 3) {
        Key("book_id", .uuid)
        Column(
            "shelf_id", .uuid, json: "shelfId", required: true, references: ("shelves", "shelf_id"))
        Column("title", .text, required: true, schema: .string(minLength: 1, maxLength: 200))
        Column("price", .numeric(10, 2), schema: .number(exclusiveMinimum: 0, multipleOf: "0.01"))
        Column("copies", .integer, nullable: false, default: 1, schema: .integer(minimum: 0, maximum: 9))
        Column("kind", .text, schema: .string(oneOf: ["novel", "poem"]))
        Column(
            "parts", .jsonb,
            schema: .array(
                of: .object(.required("page", .integer(minimum: 1)), .optional("name", .string(pattern: "^\"x\\y"))),
                minItems: 1, maxItems: 3))
        DerivedColumn("slug", .text)
        DerivedColumn("value", .numeric)
        DerivedColumn("length", .bigint)
        DatabaseColumn("created_at", .timestamptz, nullable: false)

        Operations(.create, .update, .delete)
        Filter("shelfId", column: "shelf_id", .equal, .anyOf)
        Filter("title")
        Sort("created_at", "title", defaultOrder: "-created_at")
        Invalidates("shelves", "lists", on: .create)
        Invalidates("lists", on: .delete)
        Check("jspg_fn_title_ok", "bool(utf8)", columns: "title", message: "Say more.")
        Derive("length", by: "jspg_fn_length", "i64(utf8)", from: "title")
        Migration(1, "create books", "CREATE TABLE books (\n\tbook_id uuid PRIMARY KEY -- \"key\" \\\n)")
        Migration(2, "add price", "ALTER TABLE books ADD price numeric(10,2)")
    }

    struct Input: Decodable {
        let title: String?
        let price: ExactDecimal?
        let copies: Int?
    }

    func validate(_ book: Input, _ write: WriteContext) throws(WriteRejection) {
        write.log.info("checking \(write.operation.rawValue) of \(write.entityID)")
        var reasons: [WriteRejection.Reason] = []
        if book.title == "bad" { reasons.append(.init("title_bad", "Not this title.", at: "/title")) }
        if book.copies == 7 { reasons.append(.init("copies_odd", "Not seven.", at: "/copies")) }
        if book.title == "broken" { throw .failure("No list of titles.") }
        if let rejection = WriteRejection(reasons) { throw rejection }
    }

    func prepare(_ book: Input, _ write: WriteContext, into row: borrowing DerivedRow) throws(WriteRejection) {
        if book.title == "nowhere" { try row.set("no_such", to: 1) }
        try row.set("slug", to: book.title.map { "\($0)-\(row.now)" })
        if let price = book.price {
            try row.set("value", to: price * ExactDecimal(Int64(book.copies ?? 1)))
        }
    }

    func upgrade(_ body: inout QueuedBody, from version: Int, _ operation: WriteOperation) throws(WriteRejection) {
        if version == 1 {
            body.rename("name", to: "title")
            body.remove("old")
            body.set("copies", to: 2)
        }
        struct Known: Decodable { let title: String }
        _ = try body.decode(Known.self)
    }

    func selfTest() throws(WriteRejection) {
        guard Self.table.version == 3 else { throw WriteRejection("version", "Not 3.") }
    }
}
