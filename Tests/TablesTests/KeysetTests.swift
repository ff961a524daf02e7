// Paging by the last row's values.
import Testing

@testable import Tables

@Suite("Keysets")
struct KeysetTests {
    private let descriptor: TableDescriptor

    init() throws { descriptor = try items() }

    private func term(_ name: String) throws -> TableDescriptor.SortTerm {
        let isDescending = name.hasPrefix("-")
        let column = descriptor.columns.firstIndex { $0.name == (isDescending ? String(name.dropFirst()) : name) }
        return TableDescriptor.SortTerm(column: try #require(column), isDescending: isDescending)
    }

    private func keyset(_ order: String...) throws -> Keyset {
        Keyset(order: try order.map { try term($0) }, descriptor: descriptor)
    }

    @Test("the key makes the order total, in the direction of the last column, where it is no part of it")
    func total() throws {
        #expect(try keyset().orderBy == #"t."item_id""#)
        #expect(try keyset("price", "-created_at").orderBy == #"t."price", t."created_at" DESC, t."item_id" DESC"#)
        #expect(try keyset("-item_id").orderBy == #"t."item_id" DESC"#)
        #expect(try keyset("price").selection == #"t."price"::text, t."item_id"::text"#)
    }

    @Test("NULLs come last both ways")
    func nulls() throws {
        #expect(try keyset("due_at").orderBy == #"t."due_at" NULLS LAST, t."item_id""#)
        #expect(try keyset("-due_at").orderBy == #"t."due_at" DESC NULLS LAST, t."item_id" DESC"#)
        // What a plugin derives may be missing, too.
        #expect(try keyset("slug").orderBy.hasPrefix(#"t."slug" NULLS LAST"#))
    }

    private func condition(_ order: String, _ values: [String?]) throws -> (sql: String, parameters: [String]) {
        var parameters = ["before"]
        let sql = try keyset(order).condition(values, appendingTo: &parameters)
        return (sql, parameters)
    }

    @Test("the next page has what is behind the row in the first column, or equal there and behind in the next")
    func nextPage() throws {
        let newest = try condition("-created_at", ["2026", entity])
        #expect(
            newest.sql
                == #"((t."created_at" < $2::timestamptz) OR (t."created_at" = $2::timestamptz AND t."item_id" < $3::uuid))"#
        )
        #expect(newest.parameters == ["before", "2026", entity])
        // Without its precision: a cast to numeric(10,2) would round.
        let cheapest = try condition("price", ["1.5", entity])
        #expect(
            cheapest.sql == #"((t."price" > $2::numeric) OR (t."price" = $2::numeric AND t."item_id" > $3::uuid))"#)
    }

    @Test("behind a value come greater ones and NULLs, behind a NULL only NULLs with a later key")
    func nextPageOfNulls() throws {
        let value = try condition("number", ["7", entity])
        #expect(value.sql.hasPrefix(#"(((t."number" > $2::integer OR t."number" IS NULL)) OR "#))
        #expect(value.sql.hasSuffix(#" OR (t."number" = $2::integer AND t."item_id" > $3::uuid))"#))
        let null = try condition("number", [nil, entity])
        #expect(null.sql == #"((t."number" IS NULL AND t."item_id" > $2::uuid))"#)
        #expect(null.parameters == ["before", entity])
    }

    @Test(
        "a token gives back the values it was made of, and has only characters that a URL takes as they are",
        arguments: [
            ("-created_at", "2026-11-24 03:29:00.123456+00"), ("-created_at", "infinity"),
            ("-created_at", "0044-03-15 12:00:00+00 BC"), ("-created_at", "0001-12-31 23:00:00+00 BC"),
            ("-created_at", "10000-01-01 00:00:00+00"), ("-created_at", "294276-12-31 23:59:59.999999+00"),
            ("title", "a \"b\" ÿ>?~ \\ 💥"),
            ("price", "-12.50"), ("price", "NaN"), ("is_new", "true"), ("day", "2026-11-24"), ("due_at", nil),
        ] as [(String, String?)])
    func tokens(order: String, value: String?) throws {
        let keyset = try keyset(order)
        let token = keyset.token([value, entity])
        // Numbers come in one form.
        #expect(keyset.values(token) == [value == "-12.50" ? "-12.5" : value, entity])
        let characters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        #expect(token.allSatisfy(characters.contains))
    }

    @Test("a token of another order, of other types or of nothing is none")
    func foreign() throws {
        let byTitle = try keyset("title")
        let token = byTitle.token(["a", entity])
        #expect(byTitle.values(token) != nil)
        for order in [["-title"], ["price"], ["title", "price"], []] {
            let other = Keyset(order: try order.map { try term($0) }, descriptor: descriptor)
            #expect(other.values(token) == nil, "\(order)")
        }
        #expect(byTitle.values(byTitle.token(["a", "no UUID"])) == nil)
        #expect(byTitle.values(byTitle.token([nil, entity])) == nil, "a title is never NULL")
        #expect(byTitle.values(byTitle.token(["a", nil])) == nil)
        #expect(byTitle.values(byTitle.token(["a"])) == nil)
        let byDate = try keyset("-created_at")
        for text in [
            "2026-11-24'; --", "now", "2026-11-24", "NaN", "10001-02-29 00:00:00+00", "0000-01-01 00:00:00+00 BC",
            "1234567-01-01 00:00:00+00", "2026-11-24 03:29:00+00 AD", "BC", " BC",
        ] {
            #expect(byDate.values(byDate.token([text, entity])) == nil, "\(text)")
        }
        for text in ["", "AAAA", "%", "e30", String(repeating: "A", count: 70_000), String(token.dropLast(3))] {
            #expect(byTitle.values(text) == nil, "\(text.prefix(40))")
        }
    }
}
