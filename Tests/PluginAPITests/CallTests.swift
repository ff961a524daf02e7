// The C functions of a table, called as a host calls them.
import CPluginABI
import PluginAPI
import Testing

@Suite("Calls through the C functions")
struct CallTests {
    private func host<Table: TableHandler>(_ table: Table.Type, log: Bool = false) throws -> TestHost {
        let host = TestHost()
        host.hasLog = log
        try #require(host.register { $0.add(table, plugin: "Test", "1.0.0") } == JSPG_OK)
        return host
    }

    @Test("A valid body passes without an error")
    func valid() throws {
        let host = try host(Books.self)
        #expect(try host.validate(JSPG_CREATE, #"{"title":"Emma","shelfId":"x","unknown":[{}]}"#) == JSPG_OK)
        #expect(host.errors.isEmpty)
    }

    @Test("Every reason of a rejection arrives with code, message and pointer")
    func rejection() throws {
        let host = try host(Books.self)
        #expect(try host.validate(JSPG_CREATE, #"{"title":"bad","copies":7}"#) == JSPG_REJECTED)
        #expect(
            host.errors == [
                .init(code: "title_bad", message: "Not this title.", pointer: "/title"),
                .init(code: "copies_odd", message: "Not seven.", pointer: "/copies"),
            ])
    }

    @Test("A failure of the plugin is no rejection of the request")
    func failure() throws {
        let host = try host(Books.self)
        #expect(try host.validate(JSPG_CREATE, #"{"title":"broken"}"#) == JSPG_FAILED)
        #expect(host.errors.map(\.message) == ["No list of titles."])
    }

    @Test("A body that does not decode says what is wrong where")
    func decoding() throws {
        let host = try host(Books.self)
        #expect(try host.validate(JSPG_CREATE, #"{"title":1}"#) == JSPG_REJECTED)
        #expect(
            host.errors == [.init(code: "type", message: "This must be a string, and is a number.", pointer: "/title")])
        #expect(try host.validate(JSPG_CREATE, #"{"title":"#) == JSPG_REJECTED)
        #expect(host.errors.map(\.code) == ["invalid_json"])
        #expect(try host.validate(JSPG_CREATE, "") == JSPG_REJECTED)
        #expect(try host.validate(JSPG_CREATE, "[]") == JSPG_REJECTED)
    }

    @Test("An operation of a newer host is a failure and no crash")
    func unknownOperation() throws {
        let host = try host(Books.self)
        #expect(try host.validate(99, "{}") == JSPG_FAILED)
    }

    @Test("The host's log gets lines; without one they are dropped")
    func log() throws {
        let host = try host(Books.self, log: true)
        #expect(try host.validate(JSPG_UPDATE, "{}") == JSPG_OK)
        #expect(host.logged == ["1 checking update of id-1"])
    }

    @Test("prepare() sets columns by their index, NULL where there is no value")
    func prepare() throws {
        let host = try host(Books.self)
        #expect(try host.prepare(#"{"title":"Emma","price":0.10,"copies":3}"#, now: 1_772_366_400_000_001) == JSPG_OK)
        #expect(host.row == [7: "Emma-2026-03-01T12:00:00.000001Z", 8: "0.3"])
        #expect(try host.prepare("{}") == JSPG_OK)
        let withNull: [UInt32: String?] = [7: nil]
        #expect(host.row == withNull)
    }

    @Test("prepare() that sets an unknown or refused column fails, naming it")
    func prepareWrongColumn() throws {
        let host = try host(Books.self)
        #expect(try host.prepare(#"{"title":"nowhere"}"#) == JSPG_FAILED)
        #expect(host.errors.first?.message.contains("no_such") == true)
        #expect(try host.prepare(#"{"title":"Emma"}"#, refusing: true) == JSPG_FAILED)
        #expect(host.errors.first?.message.contains("slug") == true)
    }

    @Test("upgrade() changes what it touches and keeps every digit of the rest")
    func upgrade() throws {
        let host = try host(Books.self)
        let body = #"{"name":"A\"b","old":1,"price":1.10000000000000000000000000000000000000000000000001,"copies":9}"#
        #expect(
            try host.upgrade(body, from: 1)
                == #"{"title":"A\"b","price":1.10000000000000000000000000000000000000000000000001,"copies":2}"#)
        #expect(try host.upgrade(#"{"copies":9}"#, from: 2) == nil)
        #expect(host.errors.map(\.pointer) == ["/title"])
        #expect(try host.upgrade("1", from: 2) == nil)
    }

    @Test("write() runs its SQL with parameters, and sees rows")
    func write() throws {
        let host = try host(Ledger.self)
        host.rows = [["1.50", nil]]
        #expect(try host.write(JSPG_CREATE, #"{"amount":0.10}"#) == JSPG_OK)
        #expect(host.statements.map(\.values) == [["t"], ["id-1", "0.1", nil]])
        host.rows = []
        #expect(try host.write(JSPG_CREATE, #"{"amount":1}"#) == JSPG_REJECTED)
        #expect(host.errors.map(\.code) == ["no_balance"])
        #expect(try host.write(JSPG_DELETE, "") == JSPG_OK)
        #expect(host.statements.map(\.sql) == ["DELETE FROM ledger WHERE entry_id = $1"])
    }

    @Test("self_test() passes, and is there for every table")
    func selfTest() throws {
        #expect(try host(Books.self).selfTest() == JSPG_OK)
        #expect(try host(Plain.self).selfTest() == JSPG_OK)
    }

    @Test("Calls from many threads at once answer each its own")
    func threads() async throws {
        nonisolated(unsafe) let table = try host(Books.self).tables[0]
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<64 {
                group.addTask {
                    var sink = jspg_error_sink()
                    let body = #"{"title":"\#(index.isMultiple(of: 2) ? "bad" : "good")"}"#
                    return lend("id") { id in
                        lend(body) {
                            table.functions.validate?(table.context, jspg_operation(JSPG_CREATE), id, $0, &sink)
                        }
                    } == (index.isMultiple(of: 2) ? jspg_result(JSPG_REJECTED) : jspg_result(JSPG_OK))
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
