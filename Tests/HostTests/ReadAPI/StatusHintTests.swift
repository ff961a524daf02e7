// What a status URL and a consumer's position say of an operation.
import Operations
import Testing

@testable import ReadAPI

@Suite("Status hints")
struct StatusHintTests {
    /// `done`, or the state with how many are ahead.
    private func progress(of sequence: UInt64, unacknowledged: Int = 2, pending: UInt64 = 5) -> String {
        let progress = StatusHint.progress(
            of: sequence, delivered: 10, acknowledged: 7, unacknowledged: unacknowledged, pending: pending)
        guard let progress else { return "done" }
        return progress.state.rawValue + (progress.ahead.map { " \($0)" } ?? "")
    }

    @Test("up to what is acknowledged the consumer is done, up to what is delivered it is at work")
    func delivered() {
        #expect([6, 7, 8, 10].map { progress(of: $0) } == ["done", "done", "processing", "processing"])
    }

    @Test("what is not delivered has those in hand ahead, and at most those that lie in between or are pending")
    func queued() {
        #expect(progress(of: 11) == "queued 2")
        #expect(progress(of: 13) == "queued 4")
        #expect(progress(of: 1_000) == "queued 6", "the others in between are of other partitions")
        #expect(progress(of: 1_000, unacknowledged: 0, pending: 1) == "queued 0")
        // The consumer's numbers may be older than the message.
        #expect(progress(of: 1_000, unacknowledged: 0, pending: 0) == "queued 0")
    }

    @Test("the parts of the URL that can be read are taken, whatever the others are")
    func parts() {
        let items = [
            ("seq", "12"), ("table", "items"), ("partition", "7"), ("fp", "0123456789abcdef"), ("wait", "1"),
        ]
        let hint = StatusHint(items.map { (name: $0.0, value: $0.1) })
        #expect(hint.sequence == 12 && hint.table == "items" && hint.partition == 7)
        #expect(hint.fingerprint == "0123456789abcdef")
        for (name, value) in [("seq", "-1"), ("partition", "8"), ("partition", "-1"), ("fp", "0123"), ("x", "1")] {
            #expect(StatusHint([(name: name, value: value)]) == StatusHint([]), "\(name)=\(value)")
        }
    }
}
