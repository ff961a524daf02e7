import Cache
import Operations
import Testing

extension CacheTrust {
    /// For a question whose answer comes at once.
    fileprivate mutating func isTrustedNow(_ table: String, on connection: UInt64) -> Bool {
        isTrusted(table, on: connection, since: stamp(of: table))
    }
}

@Suite("Trust after Redis was away")
struct CacheTrustTests {
    @Test func `nothing is trusted on a new connection until it was invalidated there`() {
        var trust = CacheTrust()
        let answer1 = trust.isTrustedNow("items", on: 1)
        #expect(!answer1)
        let answer2 = trust.begin("items")
        #expect(answer2 == .begun)
        let answer3 = trust.begin("items")
        #expect(answer3 == .underWay, "one at a time")
        trust.finished("items", on: 1)
        let answer4 = trust.isTrustedNow("items", on: 1)
        #expect(answer4)
        let answer5 = trust.isTrustedNow("parts", on: 1)
        #expect(!answer5)
        let answer6 = trust.isTrustedNow("items", on: 2)
        #expect(!answer6)
        let answer7 = trust.isTrustedNow("items", on: 1)
        #expect(!answer7, "an old connection's reply that came late")
    }

    @Test func `a failed invalidation trusts nothing and is tried again`() {
        var trust = CacheTrust()
        let answer8 = trust.begin("items")
        #expect(answer8 == .begun)
        trust.finished("items", on: nil)
        let answer9 = trust.isTrustedNow("items", on: 1)
        #expect(!answer9)
        let answer10 = trust.begin("items")
        #expect(answer10 == .begun)
    }

    @Test func `an invalidation through a connection that is gone does not count for the next`() {
        var trust = CacheTrust()
        _ = trust.begin("items")
        _ = trust.isTrustedNow("items", on: 2)
        trust.finished("items", on: 1)
        let answer11 = trust.isTrustedNow("items", on: 2)
        #expect(!answer11)
    }

    @Test func `what was asked before an invalidation is not believed after it`() {
        var trust = CacheTrust()
        _ = trust.begin("items")
        let before = trust.stamp(of: "items")
        trust.finished("items", on: 1)
        let during = trust.stamp(of: "items")
        let answer1 = trust.isTrusted("items", on: 1, since: before)
        let answer2 = trust.isTrusted("items", on: 1, since: during)
        #expect(!answer1 && answer2)
        trust.distrust("items")
        _ = trust.begin("items")
        trust.finished("items", on: 1)
        let answer3 = trust.isTrusted("items", on: 1, since: during)
        #expect(!answer3, "it was not trusted all the time")
    }

    @Test func `distrust outlives an invalidation that was under way before it`() {
        var trust = CacheTrust()
        _ = trust.begin("items")
        trust.distrust("items")
        trust.finished("items", on: 1)
        let answer12 = trust.isTrustedNow("items", on: 1)
        #expect(!answer12)
        _ = trust.begin("items")
        trust.finished("items", on: 1)
        let answer13 = trust.isTrustedNow("items", on: 1)
        #expect(answer13)
        trust.distrust("items")
        let answer14 = trust.isTrustedNow("items", on: 1)
        #expect(!answer14)
    }
}

@Suite("Queries that are shared")
struct QueryFlightsTests {
    private typealias ID = QueryFlights<Int>.ID

    private let body = CachedBody(bytes: [1], etag: "\"1\"")
    private let versioned = ID(key: "k", version: CacheVersion(token: .random(), runID: "r"))
    private let unversioned = ID(key: "k", version: nil)

    @Test func `at one version everybody shares, until the result is stored`() {
        var flights = QueryFlights<Int>()
        guard case .lead = flights.join(versioned, 1) else { Issue.record("leads"); return }
        guard case .wait = flights.join(versioned, 2) else { Issue.record("waits"); return }
        let (answered, leader) = flights.finish(versioned, body: body)
        #expect(answered == [2])
        #expect(leader == nil)
        guard case .done(body) = flights.join(versioned, 3) else { Issue.record("done"); return }
        flights.forget(versioned)
        guard case .lead = flights.join(versioned, 4) else { Issue.record("leads"); return }
    }

    @Test func `another version is another query`() {
        var flights = QueryFlights<Int>()
        _ = flights.join(versioned, 1)
        let other = ID(key: "k", version: CacheVersion(token: .random(), runID: "r"))
        guard case .lead = flights.join(other, 2) else { Issue.record("leads"); return }
    }

    @Test func `without a version a newcomer waits for a query that begins after it came`() {
        var flights = QueryFlights<Int>()
        _ = flights.join(unversioned, 1)
        _ = flights.join(unversioned, 2)
        _ = flights.join(unversioned, 3)
        let first = flights.finish(unversioned, body: body)
        #expect(first.answered == [])
        #expect(first.leader == 2)
        _ = flights.join(unversioned, 4)
        let second = flights.finish(unversioned, body: body)
        #expect(second.answered == [3])
        #expect(second.leader == 4)
        let answer22 = flights.finish(unversioned, body: body)
        #expect(answer22.leader == nil)
        guard case .lead = flights.join(unversioned, 5) else { Issue.record("leads"); return }
    }

    @Test func `a failure is shared and nothing is kept`() {
        var flights = QueryFlights<Int>()
        _ = flights.join(versioned, 1)
        _ = flights.join(versioned, 2)
        let answer23 = flights.finish(versioned, body: nil)
        #expect(answer23.answered == [2])
        guard case .lead = flights.join(versioned, 3) else { Issue.record("leads"); return }
    }

    @Test func `where the one who queries goes away another takes over`() {
        var flights = QueryFlights<Int>()
        for waiter in 1...3 { _ = flights.join(versioned, waiter) }
        let answer24 = flights.abandon(versioned)
        #expect(answer24 == 2)
        let answer25 = flights.finish(versioned, body: body)
        #expect(answer25.answered == [3])
        _ = flights.join(unversioned, 1)
        _ = flights.join(unversioned, 2)
        let answer26 = flights.abandon(unversioned)
        #expect(answer26 == 2)
        let answer27 = flights.abandon(unversioned)
        #expect(answer27 == nil)
    }
}

@Suite("Copies in memory")
struct LocalCacheTests {
    private func entry(_ size: Int) -> CacheEntry {
        CacheEntry(
            version: CacheVersion(token: .random(), runID: "r"),
            body: CachedBody(bytes: [UInt8](repeating: 1, count: size), etag: "\"\""),
            expiry: Timestamp(microseconds: 0))
    }

    private let never = Timestamp(microseconds: .max)
    private let now = Timestamp(microseconds: 1_000)

    @Test func `the least recently used goes first`() {
        var cache = LocalCache(capacity: 5_000)
        for key in ["a", "b", "c"] { cache.put(key, entry(1_000), expiry: never) }
        let answer28 = cache.entry("a", now: now)
        #expect(answer28 != nil)
        cache.put("d", entry(1_000), expiry: never)
        let answer29 = cache.entry("b", now: now)
        #expect(answer29 == nil)
        for key in ["a", "c", "d"] {
            let entry = cache.entry(key, now: now)
            #expect(entry != nil)
        }
    }

    @Test func `time to live`() {
        var cache = LocalCache(capacity: 5_000)
        cache.put("a", entry(1), expiry: now)
        let answer30 = cache.entry("a", now: Timestamp(microseconds: 999))
        #expect(answer30 != nil)
        let answer31 = cache.entry("a", now: now)
        #expect(answer31 == nil)
        #expect(cache.count == 0)
        #expect(cache.size == 0)
    }

    @Test func `what is too large is not kept, and nothing at capacity 0`() {
        var cache = LocalCache(capacity: 1_000)
        cache.put("a", entry(10), expiry: never)
        cache.put("a", entry(1_000), expiry: never)
        #expect(cache.count == 0, "the old copy is gone as well")
        var none = LocalCache(capacity: 0)
        none.put("a", entry(0), expiry: never)
        #expect(none.count == 0)
    }

    @Test func `never above its capacity, and consistent, whatever is done`() {
        var generator = SystemRandomNumberGenerator()
        var cache = LocalCache(capacity: 20_000)
        var sizes: [String: Int] = [:]
        for _ in 0..<20_000 {
            let key = "k\(Int.random(in: 0..<60, using: &generator))"
            if Bool.random(using: &generator) {
                let size = Int.random(in: 0..<3_000, using: &generator)
                cache.put(key, entry(size), expiry: never)
                sizes[key] = size
            } else if let found = cache.entry(key, now: now) {
                #expect(found.body.bytes.count == sizes[key])
            }
            #expect(cache.size <= 20_000)
        }
        #expect(cache.count > 3)
    }
}
