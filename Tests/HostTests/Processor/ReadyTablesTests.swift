// Tables that wait for a newer plugin.
import Testing

@testable import Processor

@Suite("Ready tables")
struct ReadyTablesTests {
    @Test("a table waits from its first partition to its last, and that is news once")
    func behind() {
        let ready = ReadyTables()
        #expect(!ready.note(behind: nil, table: "things", partition: 0))
        #expect(ready.note(behind: 2, table: "things", partition: 1))
        #expect(!ready.note(behind: 3, table: "things", partition: 2))
        #expect(!ready.note(behind: nil, table: "things", partition: 0))
        #expect(!ready.note(behind: 2, table: "things", partition: 1))
        #expect(ready.behind == ["things": 3])
        #expect(!ready.note(behind: nil, table: "things", partition: 2))
        #expect(ready.behind == ["things": 2])
        #expect(!ready.note(behind: nil, table: "things", partition: 1))
        #expect(ready.behind.isEmpty)
        #expect(ready.note(behind: 2, table: "things", partition: 1))
    }
}
