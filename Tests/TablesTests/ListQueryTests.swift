// List requests from their parameters to SQL.
import Operations
import Tables
import Testing

@Suite("List queries")
struct ListQueryTests {
    private func query(_ parameters: (String, String)...) throws -> ListQuery {
        try ListQuery(items: parameters.map { (name: $0.0, value: $0.1) }, descriptor: try items())
    }

    /// The names of the parameters that are at fault.
    private func faults(_ parameters: [(String, String)]) throws -> [String] {
        do {
            _ = try ListQuery(items: parameters.map { (name: $0.0, value: $0.1) }, descriptor: try items())
            return []
        } catch let error as ListQueryError {
            return error.errors.map(\.pointer)
        }
    }

    @Test("without parameters it is the first page in the table's own order, and one row more")
    func plain() throws {
        let query = try query()
        #expect(query.limit == 100 && query.offset == 0 && query.keysetColumns == 2)
        #expect(query.query.sql.hasSuffix(#" ORDER BY t."created_at" DESC, t."item_id" DESC LIMIT 101"#))
        #expect(!query.query.sql.contains("WHERE") && query.query.parameters.isEmpty)
    }

    @Test("limit, offset, sort and fields")
    func paging() throws {
        let query = try query(
            ("limit", "1000"), ("offset", "1000000"), ("sort", "-price,title"), ("fields", "title,price,title"))
        #expect(query.limit == 1_000 && query.offset == 1_000_000)
        #expect(
            query.query.sql.hasSuffix(
                #" ORDER BY t."price" DESC, t."title", t."item_id" LIMIT 1001 OFFSET 1000000"#))
        #expect(query.query.sql.contains(#"(SELECT t."title" AS "title", t."price"::text AS "price")"#))
    }

    @Test(
        "each operator compares, with its value as a parameter in one form",
        arguments: [
            ("price", "1.50", #"t."price" = $1::numeric"#, ["1.5"]),
            ("price[gt]", "1e1", #"t."price" > $1::numeric"#, ["10"]),
            ("price[gte]", "0", #"t."price" >= $1::numeric"#, ["0"]),
            ("price[lt]", "-1", #"t."price" < $1::numeric"#, ["-1"]),
            ("price[lte]", "2", #"t."price" <= $1::numeric"#, ["2"]),
            ("title[eq]", "a", #"t."title" = $1::text"#, ["a"]),
            ("title[like]", "a\\%%", #"t."title" LIKE $1::text"#, ["a\\%%"]),
            ("title[in]", "a,,b", #"t."title" IN ($1::text, $2::text, $3::text)"#, ["a", "", "b"]),
            ("ownerId", entity.uppercased(), #"t."owner_id" = $1::uuid"#, [entity]),
            ("isNew", "true", #"t."is_new" = $1::boolean"#, ["true"]),
        ])
    func operators(name: String, value: String, condition: String, parameters: [String]) throws {
        let query = try query((name, value))
        #expect(query.query.sql.contains(" WHERE \(condition) ORDER BY "))
        #expect(query.query.parameters == parameters)
    }

    @Test("no value is ever a part of the SQL", arguments: ["title", "title[like]", "title[in]"])
    func injection(name: String) throws {
        let query = try query((name, "'; DROP TABLE items; --"))
        #expect(!query.query.sql.contains("DROP"))
        #expect(query.query.parameters == ["'; DROP TABLE items; --"])
    }

    @Test("the same conditions in another order are one request to the cache, and others are not")
    func cacheKeys() throws {
        let one = try query(("price[gt]", "1"), ("title", "a"), ("limit", "5"))
        #expect(try query(("limit", "5"), ("title", "a"), ("price[gt]", "1.0")).query == one.query)
        let others = [
            try query(("price[gt]", "2"), ("title", "a"), ("limit", "5")),
            try query(("price[gte]", "1"), ("title", "a"), ("limit", "5")),
            try query(("price[gt]", "1"), ("title", "a"), ("limit", "6")),
            try query(("price[gt]", "1"), ("title", "a"), ("limit", "5"), ("offset", "1")),
            try query(("price[gt]", "1"), ("title", "a"), ("limit", "5"), ("sort", "title")),
            try query(("price[gt]", "1"), ("title", "a"), ("limit", "5"), ("fields", "title")),
        ]
        #expect(Set((others + [one]).map(\.query.cacheKey)).count == others.count + 1)
        // Where a value ends must show.
        #expect(
            try query(("title[in]", "a,b")).query.cacheKey != query(("title[in]", "ab,")).query.cacheKey)
    }

    @Test(
        "what can't be served is named",
        arguments: [
            ("limit", "0"), ("limit", "1001"), ("limit", "+5"), ("limit", "ten"), ("limit", ""), ("offset", "-1"),
            ("offset", "1000001"), ("offset", "99999999999999999999"), ("sort", "owner_id"), ("sort", ""),
            ("sort", "--title"), ("sort", "title,"), ("sort", "title,-title"), ("fields", ""), ("fields", "titel"),
            ("after", ""), ("after", "AAAA"), ("title[ne]", "a"), ("title[gt]", "a"), ("owner_id", entity),
            ("ownerId", "x"), ("ownerId[in]", "\(entity),x"), ("price", "1,5"), ("price", "NaN"), ("number", "1.5"),
            ("number", "2147483648"), ("isNew", "1"), ("day[gte]", "2026-02-30"), ("dueAt[lt]", "2026-11-24"),
            ("title", "a\u{0}"), ("title[like]", "a\\"), ("unknown", "1"), ("", ""),
            ("title[in]", String(repeating: ",", count: 100)),
        ])
    func refused(name: String, value: String) throws {
        #expect(try faults([(name, value)]) == [name])
    }

    @Test("every fault is reported, and what is given twice or can't go together")
    func several() throws {
        #expect(try faults([("limit", "0"), ("x", "1"), ("sort", "y")]) == ["limit", "x", "sort"])
        #expect(try faults([("limit", "1"), ("limit", "1")]) == ["limit"])
        let page = try query(("sort", "title"))
        let after = page.next(after: ["a", entity])
        #expect(try faults([("sort", "title"), ("after", after)]).isEmpty)
        #expect(try faults([("sort", "title"), ("after", after), ("offset", "1")]) == ["after"])
        #expect(try faults([("after", after), ("sort", "-title")]) == ["after"])
    }

    @Test("the next page begins behind the row whose values the token has")
    func next() throws {
        let first = try query(("sort", "title"))
        let second = try query(("after", first.next(after: ["a", entity])), ("sort", "title"), ("price[gt]", "1"))
        #expect(
            second.query.sql.contains(
                #" WHERE t."price" > $1::numeric AND ((t."title" > $2::text) OR (t."title" = $2::text AND t."item_id" > $3::uuid)) ORDER"#
            ))
        #expect(second.query.parameters == ["1", "a", entity])
    }
}
