// How a batch is cut into statements.
import Operations
import TestSupport
import Testing

@testable import Processor

@Suite("Waves")
struct WavesTests {
    private typealias Write = (kind: OperationKind, entityID: String)

    private func write(_ kind: OperationKind, _ entityID: String) -> Write? { (kind: kind, entityID: entityID) }

    @Test("the first operation of each entity is in the first wave, its second in the second")
    func occurrences() {
        let waves = Waves([
            write(.upsert, "a"), write(.upsert, "b"), write(.update, "a"), write(.delete, "a"), write(.update, "b"),
        ])
        #expect(
            waves.steps == [
                Waves.Step(kind: .upsert, positions: [0, 1]), Waves.Step(kind: .update, positions: [2, 4]),
                Waves.Step(kind: .delete, positions: [3]),
            ])
    }

    @Test("in a wave creates go first, then upserts, updates, deletes last")
    func kinds() {
        let waves = Waves([
            write(.delete, "d"), write(.update, "c"), write(.upsert, "b"), write(.create, "a"), write(.create, "e"),
        ])
        #expect(
            waves.steps == [
                Waves.Step(kind: .create, positions: [3, 4]), Waves.Step(kind: .upsert, positions: [2]),
                Waves.Step(kind: .update, positions: [1]), Waves.Step(kind: .delete, positions: [0]),
            ])
    }

    @Test("what writes no row has no part in it, and keeps its position")
    func nothing() {
        let waves = Waves([nil, write(.create, "a"), nil, write(.update, "a")])
        #expect(
            waves.steps == [
                Waves.Step(kind: .create, positions: [1]), Waves.Step(kind: .update, positions: [3]),
            ])
        #expect(Waves([nil]).steps.isEmpty)
    }

    @Test("every write is in one step, those of an entity in stream order and no two of them in one", arguments: 0..<20)
    func anyBatch(seed: Int) {
        var chance = SeededNumbers(seed: UInt64(seed))
        var batch: [Write?] = []
        for _ in 0..<Int.random(in: 1...200, using: &chance) {
            let kind = OperationKind.allCases.randomElement(using: &chance) ?? .create
            let entityID = String(Int.random(in: 0..<20, using: &chance))
            batch.append(Int.random(in: 0..<10, using: &chance) == 0 ? nil : write(kind, entityID))
        }
        var places: [String: [Int]] = [:]
        for step in Waves(batch).steps {
            var entities: Set<String> = []
            for position in step.positions {
                guard let write = batch[position] else {
                    Issue.record("position \(position) writes no row")
                    continue
                }
                #expect(write.kind == step.kind)
                let isFirst = entities.insert(write.entityID).inserted
                #expect(isFirst)
                places[write.entityID, default: []].append(position)
            }
        }
        let expected = Dictionary(grouping: batch.indices.filter { batch[$0] != nil }) { batch[$0]?.entityID ?? "" }
        #expect(places == expected)
    }
}
