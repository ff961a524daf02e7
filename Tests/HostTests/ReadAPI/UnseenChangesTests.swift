// Captured changes that PostgreSQL does not show yet.
import Testing

@testable import ReadAPI

@Suite("Transactions that a snapshot sees")
struct TransactionSnapshotTests {
    @Test("what is below xmin, or between and not in progress, is seen")
    func sees() throws {
        let snapshot = try #require(TransactionSnapshot("10:20:10,14,15"))
        #expect([9, 11, 13, 16, 19].allSatisfy { snapshot.sees($0) })
        #expect([10, 14, 15, 20, 21, 1_000].allSatisfy { !snapshot.sees($0) })
        #expect(try #require(TransactionSnapshot("20:20:")).sees(19))
    }

    @Test("32 bits of an id mean the one next to the snapshot, also where they wrap around")
    func wraps() throws {
        // 2^32 + 5 is next; 2^32 - 1 is in progress.
        let snapshot = try #require(TransactionSnapshot("4294967295:4294967301:4294967295,4294967298"))
        #expect(!snapshot.sees(.max) && snapshot.sees(.max - 1))
        #expect(snapshot.sees(0) && snapshot.sees(4) && !snapshot.sees(2) && !snapshot.sees(5) && !snapshot.sees(6))
    }

    @Test("what is no snapshot is none", arguments: ["", "1:2", "2:1:", "1:2:x", "a:2:", "1:2:3:4"])
    func malformed(text: String) {
        #expect(TransactionSnapshot(text) == nil)
    }
}

@Suite("Captured changes that are not seen yet")
struct UnseenChangesTests {
    private let now = ContinuousClock.now

    private func snapshot(_ text: String) throws -> TransactionSnapshot { try #require(TransactionSnapshot(text)) }

    @Test("only what the snapshot does not see is told once more, once, when one sees it")
    func onceMore() throws {
        var unseen = UnseenChanges()
        unseen.told([("a", 5), ("b", 7), ("c", 7)], seenBy: try snapshot("7:8:7"), at: now)
        #expect(!unseen.isEmpty)
        #expect(unseen.takeSeen(by: try snapshot("7:9:7"), at: now).isEmpty)
        #expect(unseen.takeSeen(by: try snapshot("9:9:"), at: now) == ["b", "c"])
        #expect(unseen.isEmpty)
    }

    @Test("where PostgreSQL could not be asked, tables are told once more when it can")
    func doubt() throws {
        var unseen = UnseenChanges()
        unseen.told([("a", 5)], seenBy: nil, at: now)
        #expect(unseen.takeSeen(by: try snapshot("1:1:"), at: now) == ["a"])
        #expect(unseen.isEmpty)
    }

    @Test("what is never seen, as after a restored backup, is not looked for for ever")
    func ends() throws {
        var unseen = UnseenChanges()
        unseen.told([("a", 1_000)], seenBy: try snapshot("7:8:"), at: now)
        #expect(unseen.takeSeen(by: try snapshot("7:8:"), at: now + .seconds(3_599)).isEmpty)
        #expect(unseen.takeSeen(by: try snapshot("7:8:"), at: now + .seconds(3_601)) == ["a"])
        #expect(unseen.isEmpty)
    }

    /// Every interleaving of one commit, its capture and a reader who caches what it finds.
    private struct World: Hashable {
        enum Reader: Hashable { case idle, read(isOld: Bool, token: Int), done }
        enum Capture: Hashable { case waiting, asked(sees: Bool), told, looked(sees: Bool), done }

        var isFlushed = false
        var isVisible = false
        var token = 0
        /// The token under which old rows are cached.
        var oldUnder: Int?
        var readers: [Reader] = [.idle, .idle]
        var capture = Capture.waiting

        func next(tellsOnceMore: Bool, asksFirst: Bool) -> [World] {
            var worlds: [World] = []
            func step(_ change: (inout World) -> Void) {
                var world = self
                change(&world)
                worlds.append(world)
            }
            if !isFlushed { step { $0.isFlushed = true } }
            if isFlushed, !isVisible { step { $0.isVisible = true } }
            for (index, reader) in readers.enumerated() {
                switch reader {
                // The cache's token, then the rows.
                case .idle where oldUnder != token:
                    step { $0.readers[index] = .read(isOld: !$0.isVisible, token: $0.token) }
                case .idle: break
                case .read(let isOld, let token):
                    step { world in
                        world.readers[index] = .done
                        if isOld, token == world.token { world.oldUnder = token }
                    }
                case .done: break
                }
            }
            switch capture {
            case .waiting where isFlushed:
                if asksFirst {
                    step { $0.capture = .asked(sees: $0.isVisible) }
                } else {
                    step { world in
                        world.token += 1
                        world.capture = .looked(sees: false)
                    }
                }
            case .waiting: break
            case .asked(let sees):
                step { world in
                    world.token += 1
                    world.capture = sees || !tellsOnceMore ? .done : .told
                }
            case .told: step { $0.capture = .looked(sees: $0.isVisible) }
            case .looked(let sees):
                if asksFirst {
                    step { world in
                        if sees { world.token += 1 }
                        world.capture = sees ? .done : .told
                    }
                } else {
                    // Asks after it has told, and takes what it sees then for what readers saw.
                    step { $0.capture = $0.isVisible ? .done : .looked(sees: false) }
                }
            case .done: break
            }
            return worlds
        }

        /// Nothing else comes, and old rows are served.
        func isStale(_ next: [World]) -> Bool { next.isEmpty && isVisible && capture == .done && oldUnder == token }
    }

    private func stale(tellsOnceMore: Bool, asksFirst: Bool) -> Int {
        var seen: Set<World> = []
        var rest = [World()]
        var stale = 0
        while let world = rest.popLast() {
            guard seen.insert(world).inserted else { continue }
            let next = world.next(tellsOnceMore: tellsOnceMore, asksFirst: asksFirst)
            if world.isStale(next) { stale += 1 }
            rest += next
        }
        return stale
    }

    @Test("in every interleaving nothing old stays cached; without the second time, or asked too late, it does")
    func everyInterleaving() {
        #expect(stale(tellsOnceMore: true, asksFirst: true) == 0)
        #expect(stale(tellsOnceMore: false, asksFirst: true) > 0)
        #expect(stale(tellsOnceMore: true, asksFirst: false) > 0)
    }
}
