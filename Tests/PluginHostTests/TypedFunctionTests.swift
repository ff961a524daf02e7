// Functions with native values, called through libffi.
import Foundation
import JSON
import Operations
import PluginHost
import Tables
import Testing

@Suite("Typed functions")
struct TypedFunctionTests {
    private static let id = "00000000-0000-4000-8000-000000000000"

    /// Loads one source as the only plugin and gives its table.
    private func withTable(_ source: String, _ name: String, _ body: (LoadedTable) throws -> Void) async throws {
        let plugins = try PluginFolderFixture()
        defer { plugins.remove() }
        try await plugins.add("typed.so", source: source)
        let report = await plugins.host.start()
        #expect(PluginFolderFixture.reason("typed.so", in: report) == "")
        try body(try #require(plugins.host.tables.table(name)))
    }

    private func row(
        _ table: LoadedTable, _ body: String, kind: OperationKind = .create
    ) throws -> [String: ColumnValue] {
        let json = try JSONDocument(parsing: body).root
        var row = table.descriptor.rowValues(kind: kind, entityID: Self.id, body: json)
        try table.prepare(kind: kind, entityID: Self.id, body: Array(body.utf8), now: 0, into: &row, for: .host)
        return Dictionary(uniqueKeysWithValues: zip(table.descriptor.columns.map(\.name), row))
    }

    private func rejection(of body: String, by table: LoadedTable) throws -> PluginRejection {
        try #require(throws: PluginRejection.self) { try row(table, body) }
    }

    private func text(_ value: String) -> ColumnValue { .text(Array(value.utf8)) }

    @Test("every type goes in and comes out, and more arguments than registers")
    func types() async throws {
        try await withTable("Tests/Fixtures/TypedFunctions.c", "typed") { table in
            let row = try row(
                table,
                """
                {"flag":false,"count":-4,"ratio":0.5,"label":"a é","document":{"x":[1,2]},"price":12.50,
                 "other":"0a000000-0000-4000-8000-0000000000ff","moment":"2026-11-24T10:00:00.123456+02:00"}
                """)
            #expect(row["not_flag"] == text("true"))
            #expect(row["twice"] == text("-8"))
            #expect(row["half"] == text("0.25"))
            #expect(row["later"] == text("2026-11-24T08:00:01.123456Z"))
            #expect(row["or_seven"] == text("-4"))
            #expect(row["same"] == text("a é"))
            #expect(row["token"] == text("0a000000-0000-4000-8000-0000000000ff"))
            #expect(row["everything"] == text("0 -4 0.5 a é {\"x\":[1,2]} 12.50 0aff 1795507200123456"))
        }
    }

    @Test("NULL: a function that does not take it is not called, one that does gets a null pointer")
    func nulls() async throws {
        try await withTable("Tests/Fixtures/TypedFunctions.c", "typed") { table in
            let row = try row(table, #"{"flag":null,"label":"none"}"#)
            #expect(row["twice"] == .null)
            #expect(row["or_seven"] == text("7"))
            #expect(row["same"] == .null)
            #expect(row["everything"] == .null)
        }
    }

    @Test("an update derives what its members change, and leaves the rest alone")
    func update() async throws {
        try await withTable("Tests/Fixtures/TypedFunctions.c", "typed") { table in
            let row = try row(table, #"{"count":21}"#, kind: .update)
            #expect(row["twice"] == text("42"))
            #expect(row["half"] == .absent)
            #expect(row["everything"] == .absent)
        }
    }

    @Test("errors of a function reach the client; a fault is the plugin's")
    func errors() async throws {
        try await withTable("Tests/Fixtures/TypedFunctions.c", "typed") { table in
            let oops = try rejection(of: #"{"label":"oops"}"#, by: table)
            #expect(oops.errors == [FieldError(pointer: "/label", code: "oops", message: "It was oops.")])
            #expect(!oops.isFault)
            let fault = try rejection(of: #"{"label":"fault"}"#, by: table)
            #expect(fault.isFault)
            #expect(fault.sentence.contains("jspg_fn_same"))
            let token = try rejection(of: #"{"label":"no token"}"#, by: table)
            #expect(token.isFault && token.sentence.contains("jspg_fn_token"))
            let refused = try rejection(of: #"{"flag":true}"#, by: table)
            #expect(
                refused.errors == [FieldError(pointer: "/flag", code: "check_failed", message: "Flag must be false.")])
        }
    }

    @Test("a check that may be NULL answers as PostgreSQL writes bools; anything else is a fault")
    func nullableCheck() async throws {
        try await withTable("Tests/Fixtures/TypedFunctions.c", "typed") { table in
            let refused = try rejection(of: #"{"label":"refused"}"#, by: table)
            #expect(refused.errors.map(\.message) == ["Label must agree."])
            #expect(!refused.isFault)
            let perhaps = try rejection(of: #"{"label":"perhaps"}"#, by: table)
            #expect(perhaps.isFault && perhaps.sentence.contains("jspg_fn_agrees"))
            #expect(try row(table, #"{"label":"agreed"}"#)["same"] == text("agreed"))
        }
    }

    @Test("the example in C: bar codes")
    func example() async throws {
        try await withTable("Examples/CTable/products.c", "products") { table in
            let good = #"{"gtin":"4006381333931"}"#
            #expect(try row(table, good)["prefix"] == text("400"))
            let json = try JSONDocument(parsing: good).root
            try table.validate(kind: .create, entityID: Self.id, body: json, bytes: Array(good.utf8), for: .host)
            let bad = #"{"gtin":"4006381333932"}"#
            #expect(throws: PluginRejection.self) {
                try table.validate(
                    kind: .create, entityID: Self.id, body: try JSONDocument(parsing: bad).root,
                    bytes: Array(bad.utf8), for: .host)
            }
        }
    }
}
