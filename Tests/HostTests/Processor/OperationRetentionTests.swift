// What may be forgotten.
import Operations
import Testing

@testable import Processor

@Suite("Retention of operations")
struct OperationRetentionTests {
    private let retention = OperationRetention(age: .seconds(3_600))
    private let now = Timestamp(microseconds: 10_000 * 1_000_000)

    @Test("by age, where the stream is younger or empty")
    func age() {
        let expected = Timestamp(microseconds: 6_400 * 1_000_000)
        #expect(retention.limit(now: now, oldestMessage: nil) == expected)
        #expect(retention.limit(now: now, oldestMessage: Timestamp(microseconds: 10_000 * 1_000_000)) == expected)
    }

    @Test("never what a message of the stream may bring again, even where its clock is an hour ahead")
    func stream() {
        let oldest = Timestamp(microseconds: 5_000 * 1_000_000)
        #expect(retention.limit(now: now, oldestMessage: oldest) == Timestamp(microseconds: 1_400 * 1_000_000))
    }
}
