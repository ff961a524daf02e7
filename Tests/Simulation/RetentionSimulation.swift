// Records of operations that are forgotten by age, while their messages may still be delivered again.
import Operations
import TestSupport
import Testing

@testable import Processor

@Suite("Retention, simulated")
struct RetentionSimulation {
    private struct Message {
        let id: Int
        let storedAt: Int64
    }

    /// - Parameters:
    ///   - looksAtStream: whether the oldest message counts; without that rule the simulator must find the fault.
    ///   - looksAtClocks: whether the clocks may differ; the same.
    /// - Returns: what went wrong, `nil`: nothing; and how many records were forgotten.
    private func run(
        seed: UInt64, looksAtStream: Bool = true, looksAtClocks: Bool = true
    ) -> (fault: String?, forgotten: Int) {
        var random = SeededNumbers(seed: seed)
        let retention = OperationRetention(age: .seconds(100), clockMargin: .seconds(looksAtClocks ? 5 : 0))
        // Of the processor, beside that of NATS.
        let behind = Int64.random(in: 0...5, using: &random)
        var stream: [Message] = []
        var records: [Int: Int64] = [:]
        var applied: [Int: Int] = [:]
        var time: Int64 = 0
        var next = 0
        var forgotten = 0
        for _ in 0..<200 {
            time += Int64.random(in: 0...20, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                stream.append(Message(id: next, storedAt: time))
                next += 1
            case 2, 3:
                // Delivered for the first time or again.
                guard let message = stream.randomElement(using: &random) else { continue }
                if records[message.id] == nil {
                    records[message.id] = time - behind
                    applied[message.id, default: 0] += 1
                    if applied[message.id] == 2 {
                        return ("seed \(seed): operation \(message.id) is applied twice", forgotten)
                    }
                }
            case 4:
                // The keeper trims behind what is decided.
                while let first = stream.first, records[first.id] != nil, random.chance(0.6) { stream.removeFirst() }
            default:
                let oldest = looksAtStream ? stream.first.map { Timestamp(microseconds: $0.storedAt * 1_000_000) } : nil
                let limit = retention.limit(
                    now: Timestamp(microseconds: (time - behind) * 1_000_000), oldestMessage: oldest)
                let before = records.count
                records = records.filter { $0.value * 1_000_000 >= limit.microseconds }
                forgotten += before - records.count
            }
        }
        return (nil, forgotten)
    }

    @Test("20,000 histories: no operation whose message can be delivered again is forgotten")
    func histories() async {
        var forgotten = 0
        for seed in 0..<UInt64(20_000) {
            // Thousands of histories must not keep tests that wait for servers from running.
            if seed % 64 == 0 { await Task.yield() }
            let history = run(seed: seed)
            if let fault = history.fault {
                Issue.record("\(fault)")
                return
            }
            forgotten += history.forgotten
        }
        // Otherwise it would show nothing.
        #expect(forgotten > 50_000)
    }

    @Test("by age alone an operation is applied twice, and the simulator finds it")
    func byAgeAlone() async {
        #expect(await isShown(in: 0..<500) { run(seed: $0, looksAtStream: false).fault != nil })
    }

    @Test("where clocks differ and nobody minds, an operation is applied twice, and the simulator finds it")
    func clocks() async {
        #expect(await isShown(in: 0..<20_000) { run(seed: $0, looksAtClocks: false).fault != nil })
    }
}
