import Cache
import Operations
import Testing

@Suite("Cache reads, decisions")
struct CacheReadTests {
    let token = CacheToken.random()
    let body = CachedBody(bytes: Array("[]".utf8), etag: "\"a\"")

    private func entry(_ token: CacheToken, run: String = "r1") -> CacheEntry {
        CacheEntry(
            version: CacheVersion(token: token, runID: run), body: body, expiry: Timestamp(microseconds: 1_000))
    }

    @Test func `without a copy token and entry are read together`() {
        var read = CacheRead()
        #expect(read.handle(.began(local: nil)) == .fetch)
        #expect(read.handle(.fetched(token: token, entry: entry(token), runID: "r1")) == .answer(entry(token)))
    }

    @Test func `an entry of another token, of another run, or none is a miss at the current version`() {
        let old = entry(.random())
        for stored in [old, entry(token, run: "r0"), nil] {
            var read = CacheRead()
            _ = read.handle(.began(local: nil))
            #expect(
                read.handle(.fetched(token: token, entry: stored, runID: "r1"))
                    == .query(CacheVersion(token: token, runID: "r1")))
        }
    }

    @Test func `a token that is missing is made, and whatever entry there was does not count`() {
        var read = CacheRead()
        _ = read.handle(.began(local: nil))
        #expect(read.handle(.fetched(token: nil, entry: entry(token), runID: "r1")) == .createVersion)
        let version = CacheVersion(token: .random(), runID: "r1")
        #expect(read.handle(.created(version)) == .query(version))
    }

    @Test func `a copy is served only at its own version`() {
        var read = CacheRead()
        #expect(read.handle(.began(local: entry(token))) == .lookUpVersion)
        #expect(read.handle(.version(CacheVersion(token: token, runID: "r1"))) == .answerLocal(entry(token)))
        for other in [CacheVersion(token: .random(), runID: "r1"), CacheVersion(token: token, runID: "r2"), nil] {
            var read = CacheRead()
            _ = read.handle(.began(local: entry(token)))
            #expect(read.handle(.version(other)) == .fetch)
        }
    }

    @Test func `without Redis nothing cached is served`() {
        for local in [entry(token), nil] {
            var read = CacheRead()
            _ = read.handle(.began(local: local))
            #expect(read.handle(.unavailable) == .queryUncached)
        }
    }
}

@Suite("Cache values")
struct CacheValueTests {
    @Test func `a token survives its text`() {
        for _ in 0..<100 {
            let token = CacheToken.random()
            #expect(token.description.utf8.count == 32)
            #expect(CacheToken(token.description.utf8) == token)
        }
        for text in ["", "0", String(repeating: "g", count: 32), String(repeating: "0", count: 33), "1"] {
            #expect(CacheToken(text.utf8) == nil)
        }
    }

    @Test(arguments: [[], Array("{\"a\":1}\n{}".utf8), [0, 10, 255, 32, 10]] as [[UInt8]], [false, true])
    func `an entry survives its bytes`(bytes: [UInt8], isAbsent: Bool) {
        let entry = CacheEntry(
            version: CacheVersion(token: .random(), runID: "0123456789abcdef"),
            body: CachedBody(bytes: bytes, etag: "\"x-1\"", isAbsent: isAbsent),
            expiry: Timestamp(microseconds: 1_764_000_000_123_456))
        #expect(CacheEntry(decoding: entry.encoded()) == entry)
    }

    @Test func `bytes that are no entry are a miss`() {
        let good = CacheEntry(
            version: CacheVersion(token: .random(), runID: "r"), body: CachedBody(bytes: [1], etag: "\"\""),
            expiry: Timestamp(microseconds: 1)
        ).encoded()
        let other = [UInt8(ascii: "2")] + good.dropFirst()
        for bytes in [[], [10], Array("1 a b c\nx".utf8), other, [UInt8](repeating: 32, count: 600) + good] {
            #expect(CacheEntry(decoding: bytes) == nil)
        }
        for end in good.indices.dropLast(2) { #expect(CacheEntry(decoding: Array(good[..<end])) == nil) }
    }
}
