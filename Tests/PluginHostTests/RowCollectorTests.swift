// What `prepare` may set.
import CPluginABI
import Tables
import Testing

@testable import PluginHost

@Suite("Rows that a plugin completes")
struct RowCollectorTests {
    private func collector() throws -> RowCollector {
        let descriptor = try TableDescriptor(
            parsing: Array(
                """
                {"name":"things","plugin":{"name":"Things","version":"1.0.0"},"schemaVersion":1,"key":"id",
                 "columns":[{"name":"id","type":"text"},{"name":"note","type":"text","json":"note"},
                            {"name":"token","type":"uuid","source":"derived"},
                            {"name":"made_at","type":"timestamptz","source":"database"}],
                 "operations":["create"]}
                """.utf8))
        return RowCollector(row: [.text([0x78]), .null, .absent, .absent], of: descriptor)
    }

    private func set(_ column: UInt32, _ text: String, in collector: inout RowCollector) -> jspg_result? {
        collector.withSink { sink in text.lend { sink.pointee.set?(sink.pointee.context, column, $0) } }
    }

    @Test("neither the key, nor what the database fills, nor what is no column")
    func refused() throws {
        var collector = try collector()
        for column: UInt32 in [0, 3, 4] {
            let text = set(column, "2026-11-24T10:00:00Z", in: &collector)
            let null = collector.withSink { $0.pointee.set_null?($0.pointee.context, column) }
            #expect(text == jspg_result(JSPG_FAILED) && null == jspg_result(JSPG_FAILED))
        }
        #expect(collector.row == [.text([0x78]), .null, .absent, .absent])
        #expect(collector.refusal == nil)
        let good = set(1, "good", in: &collector)
        #expect(good == jspg_result(JSPG_OK))
        #expect(collector.row[1] == .text(Array("good".utf8)))
    }

    @Test("a UUID in any of PostgreSQL's forms is stored as one, and other text is the plugin's fault")
    func uuids() throws {
        var collector = try collector()
        let good = set(2, "{0A000000-00000000-0000-0000000000FF}", in: &collector)
        #expect(good == jspg_result(JSPG_OK))
        #expect(collector.row[2] == .text(Array("0a000000-0000-0000-0000-0000000000ff".utf8)))
        #expect(collector.refusal == nil)
        let bad = set(2, "none", in: &collector)
        #expect(bad == jspg_result(JSPG_FAILED))
        #expect(collector.refusal?.contains("token") == true)
    }
}
