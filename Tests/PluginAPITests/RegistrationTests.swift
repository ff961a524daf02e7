// The entry: what reaches the host, and when it refuses.
import CPluginABI
import PluginAPI
import Testing

@Suite("Registering")
struct RegistrationTests {
    @Test("A table brings its descriptor and the functions that it has, and no others")
    func functions() throws {
        let host = TestHost()
        #expect(
            host.register { $0.add(Plain.self, Books.self, Ledger.self, plugin: "Three", "1.0.0") } == JSPG_OK)
        try #require(host.tables.count == 3)
        let plain = host.tables[0].functions
        let books = host.tables[1].functions
        let ledger = host.tables[2].functions
        #expect(plain.struct_size == MemoryLayout<jspg_table_functions>.size)
        #expect(plain.validate == nil && plain.prepare == nil && plain.write == nil && plain.upgrade == nil)
        #expect(books.validate != nil && books.prepare != nil && books.write == nil && books.upgrade != nil)
        #expect(ledger.validate != nil && ledger.prepare == nil && ledger.write != nil && ledger.upgrade == nil)
        #expect(plain.self_test != nil)
        #expect(host.tables[0].descriptor == Plain.table.descriptor(plugin: "Three", version: "1.0.0"))
    }

    @Test("The host's refusal of a table ends registering and is passed on")
    func refused() {
        let host = TestHost()
        host.addResult = jspg_result(JSPG_REJECTED)
        #expect(host.register { $0.add(Plain.self, Books.self, plugin: "Two", "1.0.0") } == JSPG_REJECTED)
        #expect(host.tables.count == 1)
    }

    @Test("A host of another ABI gets both versions named, and no table")
    func otherABI() {
        let host = TestHost()
        host.abiMajor = 2
        #expect(host.register { $0.add(Plain.self, plugin: "One", "1.0.0") } == JSPG_FAILED)
        #expect(host.tables.isEmpty)
        #expect(host.errors.map(\.message) == ["The host speaks ABI 2.0, the plugin was built for 1.0."])
    }

    @Test("Registering again, for a later generation, works and shares nothing")
    func twice() {
        let host = TestHost()
        for _ in 0..<2 { #expect(host.register { $0.add(Plain.self, plugin: "One", "1.0.0") } == JSPG_OK) }
        #expect(host.tables[0].context != host.tables[1].context)
        #expect(host.tables[0].descriptor == host.tables[1].descriptor)
    }
}
