// What announces a transaction, and what does not.
import Operations
import Testing

@testable import ReadAPI

@Suite("Announcements of transactions")
struct AnnouncedTransactionsTests {
    private func message(_ id: String?) -> [UInt8] {
        DoneMessage(table: "items", transactionID: id, operations: []).encoded()
    }

    @Test("a message without a transaction, or that is none, covers nothing")
    func nothing() {
        let announced = AnnouncedTransactions()
        for message in [message(nil), message("x"), Array("{}".utf8), []] { announced.take(message) }
        for id in ["0", "x", ""] { #expect(!announced.covers(table: "items", transaction: id)) }
    }

    @Test("a transaction that is named twice takes the room of one")
    func twice() {
        let announced = AnnouncedTransactions()
        for id in 1...10_000 {
            for _ in 0..<2 { announced.take(message("\(id)")) }
        }
        #expect(announced.covers(table: "items", transaction: "1"))
        announced.take(message("10001"))
        #expect(!announced.covers(table: "items", transaction: "1"))
        #expect(announced.covers(table: "items", transaction: "2"))
    }
}
