import Cache
import Operations
import Testing

@Suite("Trust after Redis was away")
struct CacheTrustTests {
    @Test func `nothing is trusted on a new connection until it was invalidated there`() {
        var trust = CacheTrust()
        #expect(!trust.isTrusted("items", on: 1))
        #expect(trust.begin("items"))
        #expect(!trust.begin("items"), "one at a time")
        trust.finished("items", on: 1)
        #expect(trust.isTrusted("items", on: 1))
        #expect(!trust.isTrusted("parts", on: 1))
        #expect(!trust.isTrusted("items", on: 2))
        #expect(!trust.isTrusted("items", on: 1), "an old connection's reply that came late")
    }

    @Test func `a failed invalidation trusts nothing and is tried again`() {
        var trust = CacheTrust()
        #expect(trust.begin("items"))
        trust.finished("items", on: nil)
        #expect(!trust.isTrusted("items", on: 1))
        #expect(trust.begin("items"))
    }

    @Test func `an invalidation through a connection that is gone does not count for the next`() {
        var trust = CacheTrust()
        _ = trust.begin("items")
        _ = trust.isTrusted("items", on: 2)
        trust.finished("items", on: 1)
        #expect(!trust.isTrusted("items", on: 2))
    }

    @Test func `distrust outlives an invalidation that was under way before it`() {
        var trust = CacheTrust()
        _ = trust.begin("items")
        trust.distrust("items")
        trust.finished("items", on: 1)
        #expect(!trust.isTrusted("items", on: 1))
        _ = trust.begin("items")
        trust.finished("items", on: 1)
        #expect(trust.isTrusted("items", on: 1))
        trust.distrust("items")
        #expect(!trust.isTrusted("items", on: 1))
    }
}

@Suite("Shared look-ups")
struct CoalescerTests {
    @Test func `the first goes at once, those that come meanwhile go together`() {
        var coalescer = Coalescer<String, Int>(limit: 10)
        #expect(coalescer.add("a", 1) == ["a": [1]])
        #expect(coalescer.add("a", 2) == nil, "an answer under way may be too old for a newcomer")
        #expect(coalescer.add("b", 3) == nil)
        #expect(coalescer.add("a", 4) == nil)
        #expect(coalescer.finished() == ["a": [2, 4], "b": [3]])
        #expect(coalescer.finished() == nil)
        #expect(coalescer.add("c", 5) == ["c": [5]])
    }

    @Test func `a batch has a limit and nobody is lost`() {
        var coalescer = Coalescer<Int, Int>(limit: 10)
        _ = coalescer.add(-1, -1)
        for key in 0..<35 { #expect(coalescer.add(key, key) == nil) }
        var seen: Set<Int> = []
        while let batch = coalescer.finished() {
            #expect(batch.count <= 10)
            seen.formUnion(batch.values.joined())
        }
        #expect(seen == Set(0..<35))
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
        #expect(flights.finish(unversioned, body: body).leader == nil)
        guard case .lead = flights.join(unversioned, 5) else { Issue.record("leads"); return }
    }

    @Test func `a failure is shared and nothing is kept`() {
        var flights = QueryFlights<Int>()
        _ = flights.join(versioned, 1)
        _ = flights.join(versioned, 2)
        #expect(flights.finish(versioned, body: nil).answered == [2])
        guard case .lead = flights.join(versioned, 3) else { Issue.record("leads"); return }
    }

    @Test func `where the one who queries goes away another takes over`() {
        var flights = QueryFlights<Int>()
        for waiter in 1...3 { _ = flights.join(versioned, waiter) }
        #expect(flights.abandon(versioned) == 2)
        #expect(flights.finish(versioned, body: body).answered == [3])
        _ = flights.join(unversioned, 1)
        _ = flights.join(unversioned, 2)
        #expect(flights.abandon(unversioned) == 2)
        #expect(flights.abandon(unversioned) == nil)
    }
}

@Suite("Copies in memory")
struct LocalCacheTests {
    private func entry(_ size: Int) -> CacheEntry {
        CacheEntry(
            version: CacheVersion(token: .random(), runID: "r"),
            body: CachedBody(bytes: [UInt8](repeating: 1, count: size), etag: "\"\""), expiry: Timestamp(microseconds: 0))
    }

    private let never = Timestamp(microseconds: .max)
    private let now = Timestamp(microseconds: 1_000)

    @Test func `the least recently used goes first`() {
        var cache = LocalCache(capacity: 5_000)
        for key in ["a", "b", "c"] { cache.put(key, entry(1_000), expiry: never) }
        #expect(cache.entry("a", now: now) != nil)
        cache.put("d", entry(1_000), expiry: never)
        #expect(cache.entry("b", now: now) == nil)
        for key in ["a", "c", "d"] { #expect(cache.entry(key, now: now) != nil) }
    }

    @Test func `time to live`() {
        var cache = LocalCache(capacity: 5_000)
        cache.put("a", entry(1), expiry: now)
        #expect(cache.entry("a", now: Timestamp(microseconds: 999)) != nil)
        #expect(cache.entry("a", now: now) == nil)
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
