// What is remembered, and for how long.
import Testing

@testable import Processor

@Suite("Recent values")
struct RecentValuesTests {
    @Test("the newest are remembered, up to the limit; one that comes again is not new")
    func limit() {
        var recent = RecentValues<Int>(limit: 2)
        let first = [1, 2, 1, 3].map { recent.insert($0) }
        #expect(first == [true, true, false, true])
        #expect(!recent.contains(1) && recent.contains(2) && recent.contains(3))
        let again = recent.insert(1)
        #expect(again && !recent.contains(2))
    }
}
