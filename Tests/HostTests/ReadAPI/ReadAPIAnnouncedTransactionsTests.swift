// Transactions that processors have invalidated for.
import Operations
import Testing

@testable import ReadAPI

@Suite("Age of announced transactions")
struct ReadAPIAnnouncedTransactionsTests {
    private let start = ContinuousClock.now

    private func message(_ id: String) -> [UInt8] {
        DoneMessage(table: "items", transactionID: id, operations: []).encoded()
    }

    @Test("after a minute an id is forgotten, since a database that was restored uses it again")
    func forgets() {
        let announced = AnnouncedTransactions()
        announced.take(message("7"), at: start)
        #expect(announced.covers(table: "items", transaction: "7", at: start + .seconds(59)))
        #expect(!announced.covers(table: "items", transaction: "7", at: start + .seconds(61)))
        announced.take(message("7"), at: start + .seconds(100))
        #expect(announced.covers(table: "items", transaction: "7", at: start + .seconds(101)))
    }
}
