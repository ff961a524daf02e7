// How events are cut into batches.
import JetStream
import Testing

@testable import CDC

@Suite("Batches of change events")
struct CDCBatchTests {
    /// How many events each batch has of those with payloads of these sizes.
    private func batches(of sizes: [Int]) -> [Int] {
        let payloads = Dictionary(uniqueKeysWithValues: Set(sizes).map { ($0, [UInt8](repeating: 0, count: $0)) })
        var rest = sizes.map { NATSMessage(subject: "cdc.public.items", payload: payloads[$0] ?? []) }[...]
        var counts: [Int] = []
        while !rest.isEmpty {
            let batch = ChangePublisher.batch(of: rest)
            counts.append(batch.count)
            rest = rest[batch.endIndex...]
        }
        return counts
    }

    @Test("small events are cut by their number, large ones by their bytes; one larger than a batch goes by itself")
    func cut() {
        #expect(batches(of: []) == [])
        #expect(batches(of: Array(repeating: 1, count: 2_001)) == [1_000, 1_000, 1])
        #expect(batches(of: Array(repeating: 600_000, count: 13)) == [6, 6, 1])
        #expect(batches(of: [1, 5_000_000, 1, 5_000_000, 5_000_000]) == [1, 1, 1, 1, 1])
        #expect(batches(of: [4_194_304, 0, 1]) == [2, 1])
    }
}
