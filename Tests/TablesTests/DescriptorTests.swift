// Descriptors that are good, and what is said of those that are not.
import JSON
import Operations
import Tables
import Testing

@Suite("Table descriptors")
struct DescriptorTests {
    static func faults(_ json: String) -> [String: String] {
        do {
            _ = try TableDescriptor(parsing: Array(json.utf8))
            return [:]
        } catch {
            return Dictionary(error.errors.map { ($0.pointer, $0.message) }, uniquingKeysWith: { first, _ in first })
        }
    }

    static func faults(_ name: String, _ json: String) -> [String: String] { faults(tableJSON([(name, json)])) }

    static func faults(column: String) -> [String: String] {
        faults("columns", "[{\"name\":\"id\",\"type\":\"uuid\"},{\"name\":\"c\",\(column)}]")
    }

    @Test("names of the hosts' own paths and tables are refused", arguments: ["status", "jspg", "write_operations"])
    func reservedNames(name: String) {
        #expect(Self.faults("name", "\"\(name)\"")["/name"]?.contains("choose another") == true)
    }

    @Test("what PostgreSQL fills may be NULL unless somebody says that it is not; a key may not")
    func nullable() throws {
        let table = try TableDescriptor(
            parsing: Array(
                tableJSON([
                    (
                        "columns",
                        """
                        [{"name":"id","type":"uuid"},{"name":"a","type":"timestamptz","source":"database"},
                         {"name":"b","type":"timestamptz","source":"database","nullable":false}]
                        """
                    ), ("operations", "[\"create\"]"),
                ]).utf8))
        #expect(table.columns.map(\.isNullable) == [false, true, false])
    }

    @Test("everything that a descriptor says is found in it")
    func everything() throws {
        let items = try items()
        #expect(items.name == "items" && items.pluginName == "Items" && items.pluginVersion == "1.0.0")
        #expect(items.schemaVersion == 2 && items.key.name == "item_id" && items.columns.count == 20)
        #expect(items.operations == Set(OperationKind.allCases))
        let owner = items.columns[1]
        #expect(owner.jsonName == "ownerId" && owner.isRequired && !owner.isNullable && owner.source == .input)
        #expect(owner.references?.table == "owners" && owner.references?.column == "owner_id")
        #expect(items.columns[3].type == .numeric(precision: 10, scale: 2))
        let isNew = items.columns[10]
        #expect(isNew.defaultValue?.bool == true && !isNew.isNullable && !isNew.isRequired)
        #expect(items.columns.suffix(2).map(\.source) == [.derived, .database])
        #expect(items.filters.map(\.parameter).prefix(4) == ["ownerId", "title", "price", "number"])
        #expect(items.filters[1].operators == [.equal, .like, .anyOf] && items.filters[3].operators == [.equal])
        #expect(items.sortable.map { items.columns[$0].name }.first == "created_at")
        #expect(items.defaultOrder.map(\.column) == [19] && items.defaultOrder.map(\.isDescending) == [true])
        #expect(items.migrations.map(\.name) == ["create items"])
        #expect(items.invalidates == [.delete: ["reviews"]])
        #expect(items.checks.map(\.columns) == [[2]] && items.derives.map(\.from) == [[2]])
        #expect(items.derives.map(\.column) == [18])
        #expect(items.source == Array(itemsJSON.utf8))
    }

    @Test("a descriptor that is no JSON object is told so")
    func noObject() {
        #expect(Self.faults("{")[""]?.contains("not JSON: the text ends in the middle of a value (at byte 1)") == true)
        let twice = Self.faults(#"{"defaultOrder":["-a"],"key":"id","defaultOrder":["b"]}"#)
        #expect(twice[""]?.contains("the member defaultOrder twice (at byte 34): a definition has one Key") == true)
        #expect(Self.faults("[]")[""] == "a descriptor is a JSON object")
        #expect(Self.faults("{}").keys.sorted().starts(with: ["/columns", "/key", "/name", "/operations"]))
    }

    @Test(
        "a fault is reported where it is",
        arguments: [
            ("name", "", "/name"), ("name", "\"Things\"", "/name"), ("name", "\"a b\"", "/name"),
            ("name", "\"1a\"", "/name"), ("name", "\"a\\\";DROP\"", "/name"), ("name", "7", "/name"),
            ("plugin", "", "/plugin/name"), ("plugin", "{\"name\":\"X\"}", "/plugin/version"),
            ("plugin", "{\"name\":\"X\",\"version\":\"1\",\"more\":1}", "/plugin/more"),
            ("plugin", "{\"name\":\"X Y\",\"version\":\"1.0.0\"}", "/plugin/name"),
            ("plugin", "{\"name\":\"#X\",\"version\":\"1.0.0\"}", "/plugin/name"),
            ("plugin", "{\"name\":\"X\",\"version\":\"1.0\"}", "/plugin/version"),
            ("plugin", "{\"name\":\"X\",\"version\":\"1.0.0 #1\"}", "/plugin/version"),
            ("schemaVersion", "0", "/schemaVersion"), ("schemaVersion", "1.5", "/schemaVersion"),
            ("schemaVersion", "\"1\"", "/schemaVersion"), ("schemaVersion", "2147483648", "/schemaVersion"),
            ("key", "", "/key"), ("key", "\"other\"", "/key"), ("key", "\"note\"", "/key"),
            ("columns", "[]", "/columns"), ("columns", "{}", "/columns"),
            ("operations", "", "/operations"), ("operations", "[]", "/operations"),
            ("operations", "[\"drop\"]", "/operations"), ("operations", "\"create\"", "/operations"),
            ("filters", "[{\"parameter\":\"x\",\"column\":\"other\"}]", "/filters/0/column"),
            ("filters", "[{\"parameter\":\"limit\",\"column\":\"note\"}]", "/filters/0/parameter"),
            ("filters", "[{\"parameter\":\"a[b]\",\"column\":\"note\"}]", "/filters/0/parameter"),
            ("filters", "[{\"parameter\":\"x\",\"column\":\"note\",\"operators\":[\"ne\"]}]", "/filters/0/operators"),
            ("filters", "[{\"parameter\":\"x\",\"column\":\"id\",\"operators\":[\"like\"]}]", "/filters/0/operators"),
            ("filters", "[{\"parameter\":\"x\",\"column\":\"note\",\"op\":1}]", "/filters/0/op"),
            (
                "filters", "[{\"parameter\":\"x\",\"column\":\"note\"},{\"parameter\":\"x\",\"column\":\"id\"}]",
                "/filters/1/parameter"
            ),
            ("sort", "[\"note\",\"other\"]", "/sort/1"), ("sort", "\"note\"", "/sort"),
            ("defaultOrder", "[\"--note\"]", "/defaultOrder/0"),
            ("defaultOrder", "[\"note\",\"-note\"]", "/defaultOrder/1"),
            ("defaultOrder", "[1]", "/defaultOrder/0"),
            ("migrations", "[{\"version\":2,\"name\":\"x\",\"sql\":\"SELECT 1\"}]", "/migrations/0/version"),
            ("migrations", "[{\"version\":1,\"name\":\"x\",\"sql\":\"\"}]", "/migrations/0/sql"),
            ("migrations", "[{\"version\":1,\"name\":\"x\",\"sql\":\"S\",\"down\":\"S\"}]", "/migrations/0/down"),
            ("invalidates", "{\"drop\":[\"a\"]}", "/invalidates/drop"), ("invalidates", "[]", "/invalidates"),
            ("invalidates", "{\"create\":[\"A\"]}", "/invalidates/create/0"),
            (
                "checks", "[{\"check\":\"f\",\"signature\":\"bool(utf8)\",\"columns\":[],\"message\":\"m\"}]",
                "/checks/0/columns"
            ),
            (
                "checks", "[{\"check\":\"f;\",\"signature\":\"bool(utf8)\",\"columns\":[\"note\"],\"message\":\"m\"}]",
                "/checks/0/check"
            ),
            (
                "derives", "[{\"derive\":\"note\",\"function\":\"f\",\"signature\":\"utf8(utf8)\",\"from\":[\"id\"]}]",
                "/derives/0/derive"
            ),
            ("colums", "[]", "/colums"), ("a/b~c", "1", "/a~1b~0c"),
        ])
    func pointers(_ name: String, _ json: String, _ pointer: String) {
        #expect(Self.faults(name, json)[pointer] != nil)
    }

    @Test(
        "a fault in a column is reported where it is",
        arguments: [
            (#""type":"varchar","json":"c""#, "/columns/1/type"), (#""json":"c""#, "/columns/1/type"),
            (#""type":"numeric(2,3)""#, "/columns/1/type"), (#""type":"numeric(1001,0)""#, "/columns/1/type"),
            (#""type":"numeric()""#, "/columns/1/type"), (#""type":"numeric(1,2,3)""#, "/columns/1/type"),
            (#""type":"text","json":"""#, "/columns/1/json"), (#""type":"text","json":"a.b""#, "/columns/1/json"),
            (#""type":"text","source":"input""#, "/columns/1/json"),
            (#""type":"text","json":"c","source":"derived""#, "/columns/1/source"),
            (#""type":"text","json":"c","source":"elsewhere""#, "/columns/1/source"),
            (#""type":"text","json":"c","required":"yes""#, "/columns/1/required"),
            (#""type":"text","json":"c","nullable":1"#, "/columns/1/nullable"),
            (#""type":"text","json":"c","nullable":false"#, "/columns/1/nullable"),
            (#""type":"text","required":true"#, "/columns/1/required"),
            (#""type":"integer","json":"c","default":"7""#, "/columns/1/default"),
            (#""type":"integer","json":"c","default":99999999999"#, "/columns/1/default"),
            (#""type":"text","json":"c","required":true,"default":null"#, "/columns/1/default"),
            (#""type":"text","json":"c","schema":{"enum":["a"]},"default":"b""#, "/columns/1/default"),
            (#""type":"uuid","json":"c","references":{"table":"t"}"#, "/columns/1/references/column"),
            (#""type":"uuid","json":"c","references":{"table":"t","column":"c","on":1}"#, "/columns/1/references/on"),
            (#""type":"text","json":"c","unique":true"#, "/columns/1/unique"),
            (#""type":"text","json":"c","schema":[]"#, "/columns/1/schema"),
            (#""type":"text","json":"c","schema":{"minLenght":1}"#, "/columns/1/schema/minLenght"),
            (#""type":"text","json":"c","schema":{"minLength":-1}"#, "/columns/1/schema/minLength"),
            (#""type":"text","json":"c","schema":{"maxLength":"9"}"#, "/columns/1/schema/maxLength"),
            (#""type":"text","json":"c","schema":{"type":"null"}"#, "/columns/1/schema/type"),
            (#""type":"integer","json":"c","schema":{"type":"string"}"#, "/columns/1/schema/type"),
            (#""type":"uuid","json":"c","schema":{"format":"email"}"#, "/columns/1/schema/format"),
            (#""type":"text","json":"c","schema":{"format":"phone"}"#, "/columns/1/schema/format"),
            (#""type":"text","json":"c","schema":{"enum":[]}"#, "/columns/1/schema/enum"),
            (#""type":"text","json":"c","schema":{"enum":{"a":1}}"#, "/columns/1/schema/enum"),
            (#""type":"numeric","json":"c","schema":{"minimum":"0"}"#, "/columns/1/schema/minimum"),
            (#""type":"numeric","json":"c","schema":{"multipleOf":0}"#, "/columns/1/schema/multipleOf"),
            (#""type":"numeric","json":"c","schema":{"multipleOf":1234567890123456}"#, "/columns/1/schema/multipleOf"),
            (#""type":"text","json":"c","schema":{"pattern":"["}"#, "/columns/1/schema/pattern"),
            (#""type":"text","json":"c","schema":{"pattern":"\\d+"}"#, "/columns/1/schema/pattern"),
            (#""type":"text","json":"c","schema":{"pattern":"(a)\\1"}"#, "/columns/1/schema/pattern"),
            (#""type":"text","json":"c","schema":{"pattern":"(?i)a"}"#, "/columns/1/schema/pattern"),
            (
                #""type":"jsonb","json":"c","schema":{"items":{"properties":{"a/b":{"minItems":-1}}}}"#,
                "/columns/1/schema/items/properties/a~1b/minItems"
            ),
            (#""type":"jsonb","json":"c","schema":{"properties":[]}"#, "/columns/1/schema/properties"),
            (#""type":"jsonb","json":"c","schema":{"required":[1]}"#, "/columns/1/schema/required"),
            (
                #""type":"jsonb","json":"c","schema":{"additionalProperties":{}}"#,
                "/columns/1/schema/additionalProperties"
            ),
        ])
    func columnPointers(_ column: String, _ pointer: String) {
        #expect(Self.faults(column: column)[pointer] != nil)
    }

    @Test("columns and members have names of their own")
    func sameNames() {
        let columns = #"""
            [{"name":"id","type":"uuid"},{"name":"a","type":"text","json":"x"},{"name":"a","type":"text","json":"y"},
             {"name":"b","type":"text","json":"x"}]
            """#
        #expect(Self.faults("columns", columns).keys.sorted() == ["/columns/2/name", "/columns/3/json"])
    }

    @Test("names and versions of plugins as they come")
    func plugins() throws {
        for (name, version) in [("X", "0.0.1"), ("My_plugin-2.x", "10.20.30-beta.1+build-7")] {
            let json = tableJSON([("plugin", #"{"name":"\#(name)","version":"\#(version)"}"#)])
            let table = try TableDescriptor(parsing: Array(json.utf8))
            #expect(table.pluginName == name && table.pluginVersion == version)
        }
    }

    @Test("functions get what has a value when they are called, and the key is not derived")
    func columnsOfFunctions() {
        let columns = #"""
            [{"name":"id","type":"text","source":"derived"},{"name":"note","type":"text","json":"note"},
             {"name":"slug","type":"text","source":"derived"},{"name":"by","type":"text","source":"database"}]
            """#
        func check(_ column: String) -> String {
            #"{"check":"f","signature":"bool(utf8)","columns":["\#(column)"],"message":"m"}"#
        }
        func derive(_ column: String, from source: String) -> String {
            #"{"derive":"\#(column)","function":"f","signature":"utf8(utf8)","from":["\#(source)"]}"#
        }
        let checks = [check("id"), check("note"), check("slug"), check("by")]
        let derives = [derive("slug", from: "id"), derive("slug", from: "by"), derive("id", from: "note")]
        let faults = Self.faults(
            tableJSON([
                ("columns", columns), ("checks", "[\(checks.joined(separator: ","))]"),
                ("derives", "[\(derives.joined(separator: ","))]"),
            ]))
        #expect(
            faults.keys.sorted() == [
                "/checks/2/columns", "/checks/3/columns", "/derives/1/from", "/derives/2/derive",
            ])
    }

    @Test("jsonb can be neither filtered nor sorted by")
    func jsonb() {
        let faults = Self.faults(
            tableJSON([
                ("columns", #"[{"name":"id","type":"uuid"},{"name":"j","type":"jsonb","json":"j"}]"#),
                ("filters", #"[{"parameter":"j","column":"j"}]"#), ("sort", #"["j"]"#), ("defaultOrder", #"["-j"]"#),
            ]))
        #expect(faults.keys.sorted() == ["/defaultOrder/0", "/filters/0/column", "/sort/0"])
    }

    @Test("every fault is reported, each once")
    func all() {
        let faults = Self.faults(
            tableJSON([
                ("schemaVersion", "0"),
                ("columns", #"[{"name":"id","type":"uuid"},{"name":"bad","type":"varchar","json":"bad"}]"#),
                ("filters", #"[{"parameter":"bad","column":"bad"},{"parameter":"x","column":"none"}]"#),
                ("sort", #"["bad"]"#), ("defaultOrder", #"["-bad"]"#),
                ("migrations", #"[{"version":3,"name":"m","sql":"S"}]"#),
            ]))
        #expect(
            faults.keys.sorted() == ["/columns/1/type", "/filters/1/column", "/migrations/0/version", "/schemaVersion"])
    }

    @Test("an entity id is one of the key's type, in PostgreSQL's form")
    func entityIDs() throws {
        let items = try items()
        #expect(items.normalizedEntityID(entity.uppercased()) == entity)
        for text in ["", "x", entity + "0", "{\(entity)}", entity.replacing("-", with: "")] {
            #expect(items.normalizedEntityID(text) == nil)
        }
        let plain = try TableDescriptor(
            parsing: Array(
                tableJSON([("columns", #"[{"name":"id","type":"text"}]"#), ("operations", #"["create"]"#)]).utf8))
        #expect(plain.normalizedEntityID("Ä b") == "Ä b")
        #expect(plain.normalizedEntityID("a\u{0}") == nil && plain.normalizedEntityID("") == nil)
        #expect(plain.normalizedEntityID(String(repeating: "a", count: 513)) == nil)
    }
}
