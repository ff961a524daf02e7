// Look-ups that wait for the one under way.
import Testing

@testable import ReadAPI

@Suite("Shared look-ups")
struct CoalescerTests {
    @Test func `the first goes at once, those that come meanwhile go together`() {
        var coalescer = Coalescer<String, Int>(limit: 10)
        let answer15 = coalescer.add("a", 1)
        #expect(answer15 == ["a": [1]])
        let answer16 = coalescer.add("a", 2)
        #expect(answer16 == nil, "an answer under way may be too old for a newcomer")
        let answer17 = coalescer.add("b", 3)
        #expect(answer17 == nil)
        let answer18 = coalescer.add("a", 4)
        #expect(answer18 == nil)
        let answer19 = coalescer.finished()
        #expect(answer19 == ["a": [2, 4], "b": [3]])
        let answer20 = coalescer.finished()
        #expect(answer20 == nil)
        let answer21 = coalescer.add("c", 5)
        #expect(answer21 == ["c": [5]])
    }

    @Test func `a batch has a limit and nobody is lost`() {
        var coalescer = Coalescer<Int, Int>(limit: 10)
        _ = coalescer.add(-1, -1)
        for key in 0..<35 {
            let batch = coalescer.add(key, key)
            #expect(batch == nil)
        }
        var seen: Set<Int> = []
        while let batch = coalescer.finished() {
            #expect(batch.count <= 10)
            seen.formUnion(batch.values.joined())
        }
        #expect(seen == Set(0..<35))
    }
}
