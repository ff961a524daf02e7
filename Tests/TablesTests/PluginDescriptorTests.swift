// The descriptors that the plugin author's API writes, as it writes them.
import JSON
import Operations
import Tables
import Testing

@Suite("Descriptors from the plugin author's API")
struct PluginDescriptorTests {
    private static let users = #"""
        {"name":"users","plugin":{"name":"Users","version":"1.0.0"},"schemaVersion":1,
        "key":"user_id","columns":[{"name":"user_id","type":"uuid"},{"name":"name",
        "type":"text","json":"name","required":true,"schema":{"type":"string","minLength":1}},
        {"name":"email","type":"text","json":"email","required":true,"schema":{"type":"string",
        "maxLength":254,"format":"email"}},{"name":"created_at","type":"timestamptz",
        "source":"database","nullable":false}],"operations":["create","update","upsert","delete"],
        "filters":[{"parameter":"email","column":"email","operators":["eq"]}],"sort":["created_at",
        "name","email"],"defaultOrder":["-created_at"],"migrations":[{"version":1,
        "name":"create users","sql":"CREATE TABLE users (\u000a    user_id uuid PRIMARY KEY,\u000a    name text NOT NULL CHECK (name <> ''),\u000a    email text NOT NULL UNIQUE,\u000a    created_at timestamptz NOT NULL DEFAULT now()\u000a);\u000aCREATE INDEX ON users (created_at, user_id);"}],
        "invalidates":{"delete":["orders"]}}
        """#

    private static let orders = #"""
        {"name":"orders","plugin":{"name":"Orders","version":"1.0.0"},"schemaVersion":1,
        "key":"order_id","columns":[{"name":"order_id","type":"uuid"},{"name":"user_id",
        "type":"uuid","json":"userId","required":true,"references":{"table":"users",
        "column":"user_id"}},{"name":"items","type":"jsonb","json":"items","required":true,
        "schema":{"type":"array","minItems":1,"items":{"type":"object","required":["productId",
        "quantity","price"],"properties":{"productId":{"type":"string","minLength":1},
        "quantity":{"type":"integer","minimum":1},"price":{"type":"number","exclusiveMinimum":0}},
        "additionalProperties":false}}},{"name":"total","type":"numeric(10,2)",
        "json":"total","required":true,"schema":{"type":"number","exclusiveMinimum":0}},
        {"name":"created_at","type":"timestamptz","source":"database","nullable":false}],"operations":["create",
        "update","upsert","delete"],"filters":[{"parameter":"userId","column":"user_id",
        "operators":["eq","in"]},{"parameter":"total","column":"total","operators":["eq",
        "lt","lte","gt","gte"]}],"sort":["created_at","total"],"defaultOrder":["-created_at"],
        "migrations":[{"version":1,"name":"create orders","sql":"CREATE TABLE orders (\u000a    order_id uuid PRIMARY KEY,\u000a    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,\u000a    items jsonb NOT NULL,\u000a    total numeric(10,2) NOT NULL CHECK (total > 0),\u000a    created_at timestamptz NOT NULL DEFAULT now()\u000a);\u000aCREATE INDEX ON orders (user_id);\u000aCREATE INDEX ON orders (created_at, order_id);"}]}
        """#

    /// Every element of the API with every argument.
    private static let books = #"""
        {"name":"books","plugin":{"name":"Books","version":"1.2.3"},"schemaVersion":3,"key":"book_id","columns":[
        {"name":"book_id","type":"uuid"},
        {"name":"shelf_id","type":"uuid","json":"shelfId","required":true,
        "references":{"table":"shelves","column":"shelf_id"}},
        {"name":"title","type":"text","json":"title","required":true,
        "schema":{"type":"string","minLength":1,"maxLength":200}},
        {"name":"price","type":"numeric(10,2)","json":"price",
        "schema":{"type":"number","minimum":0,"maximum":9.5,"exclusiveMinimum":0,"exclusiveMaximum":10,"multipleOf":0.01}},
        {"name":"copies","type":"integer","json":"copies","nullable":false,"default":1,
        "schema":{"type":"integer","minimum":0,"maximum":9}},
        {"name":"kind","type":"text","json":"kind","schema":{"type":"string","enum":["novel","poem"]}},
        {"name":"mail","type":"text","json":"mail","schema":{"type":"string","pattern":"@","format":"email"}},
        {"name":"seen","type":"boolean","json":"seen","schema":{"type":"boolean"}},
        {"name":"a","type":"smallint","json":"a"},{"name":"b","type":"bigint","json":"b"},
        {"name":"c","type":"numeric","json":"c"},{"name":"d","type":"real","json":"d"},
        {"name":"e","type":"double precision","json":"e"},{"name":"f","type":"date","json":"f"},
        {"name":"g","type":"timestamptz","json":"g","schema":{"type":"string","format":"date-time"}},
        {"name":"parts","type":"jsonb","json":"parts","schema":{"type":"array","minItems":1,"maxItems":3,"items":
        {"type":"object","required":["page"],"properties":{"page":{"type":"integer","minimum":1},
        "name":{"type":"string","pattern":"^\"x\\.y"}},"additionalProperties":false}}},
        {"name":"slug","type":"text","source":"derived"},{"name":"length","type":"bigint","source":"derived"},
        {"name":"created_at","type":"timestamptz","source":"database","nullable":false}],
        "operations":["create","update","delete"],
        "filters":[{"parameter":"shelfId","column":"shelf_id","operators":["eq","in"]},
        {"parameter":"title","column":"title","operators":["eq","gt","gte","lt","lte","in","like"]}],
        "sort":["created_at","title"],"defaultOrder":["-created_at"],
        "migrations":[{"version":1,"name":"create books",
        "sql":"CREATE TABLE books (\u000a\u0009book_id uuid PRIMARY KEY -- \"key\" \\\u000a)"},
        {"version":2,"name":"add price","sql":"ALTER TABLE books ADD price numeric(10,2)"}],
        "invalidates":{"create":["shelves","lists"],"delete":["lists"]},
        "checks":[{"check":"jspg_fn_title_ok","signature":"bool(utf8)","columns":["title"],"message":"Say more."}],
        "derives":[{"derive":"length","function":"jspg_fn_length","from":["title"],"signature":"i64(utf8)"}]}
        """#

    @Test("both plugins' descriptors are understood whole")
    func plugins() throws {
        let users = try TableDescriptor(parsing: Array(Self.users.utf8))
        #expect(users.columns.map(\.name) == ["user_id", "name", "email", "created_at"])
        #expect(users.columns.map(\.jsonName) == [nil, "name", "email", nil])
        #expect(users.operations == Set(OperationKind.allCases) && users.invalidates == [.delete: ["orders"]])
        #expect(users.migrations.first?.sql.hasPrefix("CREATE TABLE users (\n    user_id uuid PRIMARY KEY,\n") == true)
        let orders = try TableDescriptor(parsing: Array(Self.orders.utf8))
        #expect(orders.columns[1].references?.table == "users" && orders.columns[1].references?.column == "user_id")
        #expect(orders.columns[3].type == .numeric(precision: 10, scale: 2))
        #expect(
            orders.filters.map(\.operators) == [
                [.equal, .anyOf], [.equal, .less, .lessOrEqual, .greater, .greaterOrEqual],
            ])
        #expect(orders.defaultOrder.map(\.isDescending) == [true])
        #expect([orders, users].parentsFirst.map(\.name) == ["users", "orders"])
    }

    @Test("everything that the API can write is understood")
    func everything() throws {
        let books = try TableDescriptor(parsing: Array(Self.books.utf8))
        #expect(books.columns.count == 19 && books.filters[1].operators.count == FilterOperator.allCases.count)
    }

    @Test("an order of both plugins' kind is checked to the cent")
    func order() throws {
        let validator = BodyValidator(try TableDescriptor(parsing: Array(Self.orders.utf8)))
        func codes(_ body: String) throws -> [String] {
            validator.validate(try JSONDocument(parsing: body).root, kind: .create).map { "\($0.pointer) \($0.code)" }
        }
        let good = #"{"userId":"\#(entity)","items":[{"productId":"p","quantity":3,"price":0.10}],"total":0.30}"#
        #expect(try codes(good) == [])
        #expect(try codes(good.replacing("0.30", with: "0.305")) == ["/total range"])
        #expect(try codes(good.replacing("0.30", with: "1e400")) == ["/total range"])
        #expect(try codes(good.replacing("0.30", with: "0")) == ["/total exclusive_minimum"])
        #expect(try codes(good.replacing("0.30", with: "\"0.30\"")) == ["/total type"])
        #expect(try codes(good.replacing("\"p\"", with: "\"\"")) == ["/items/0/productId min_length"])
        #expect(try codes(good.replacing("3,", with: "1.5,")) == ["/items/0/quantity type"])
        #expect(try codes(good.replacing("0.10", with: "1e200000")) == ["/items/0/price range"])
        #expect(
            try codes("{}") == ["/userId required", "/items required", "/total required"])
    }
}
