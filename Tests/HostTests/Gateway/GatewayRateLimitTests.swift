// Keeping clients to their rate.
import HTTP
import HTTPTypes
import Testing

@testable import Gateway

@Suite("Rate limit")
struct GatewayRateLimitTests {
    @Test(
        "policies",
        arguments: [
            ("100/s", RateLimitPolicy(rate: 100, burst: 100)), ("6000/m", RateLimitPolicy(rate: 100, burst: 100)),
            ("30/m", RateLimitPolicy(rate: 0.5, burst: 1)), ("100/s burst 500", RateLimitPolicy(rate: 100, burst: 500)),
            ("", nil), ("100", nil), ("100/d", nil), ("0/s", nil), ("-1/s", nil), ("100/s burst", nil),
            ("100/s burst 0", nil),
            ("100/s peak 5", nil),
        ] as [(String, RateLimitPolicy?)])
    func policies(text: String, policy: RateLimitPolicy?) {
        #expect(RateLimitPolicy(text) == policy)
    }

    @Test("a burst passes, then the rate; clients don't count for each other")
    func buckets() {
        var buckets = TokenBuckets(RateLimitPolicy(rate: 10, burst: 5))
        var allowed = 0
        for _ in 0..<20 where buckets.take("a", at: 0).isAllowed { allowed += 1 }
        #expect(allowed == 5)
        let refused = buckets.take("a", at: 0)
        #expect(refused.remaining == 0 && abs(refused.wait - 0.1) < 0.001)
        let other = buckets.take("b", at: 0)
        #expect(other.isAllowed && other.remaining == 4)
        allowed = 0
        for step in 1...100 where buckets.take("a", at: Double(step) * 0.05).isAllowed { allowed += 1 }
        #expect((49...51).contains(allowed))
    }

    @Test("memory is bounded: clients that pause are forgotten, and so are those that lack least")
    func memory() {
        var buckets = TokenBuckets(RateLimitPolicy(rate: 10, burst: 5), capacity: 1_000)
        for client in 0..<10_000 { _ = buckets.take("\(client)", at: 0) }
        #expect(buckets.count <= 1_000)
        _ = buckets.take("last", at: 60)
        #expect(buckets.count == 1)
    }

    @Test(
        "ranges of addresses",
        arguments: [
            ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.0.0.1", false), ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "::ffff:127.0.0.1", true), ("::1", "::1", true), ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false), ("0.0.0.0/0", "1.2.3.4", true), ("10.0.0.0/8", "nonsense", false),
        ])
    func ranges(range: String, address: String, isInside: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == isInside)
    }

    @Test("what is no range", arguments: ["", "10.0.0.0/33", "10.0.0/8", "x", "::1/129", "10.0.0.0/8/8"])
    func noRanges(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test("only what trusted proxies have added names the client")
    func clients() throws {
        let limiter = RateLimiter(
            RateLimitPolicy(rate: 1, burst: 1), trustedProxies: [try #require(AddressRange("10.0.0.0/8"))])
        #expect(limiter.client(address: "1.1.1.1", forwardedFor: ["9.9.9.9"]) == "1.1.1.1")
        #expect(limiter.client(address: "10.0.0.1", forwardedFor: ["9.9.9.9, 2.2.2.2"]) == "2.2.2.2")
        #expect(limiter.client(address: "10.0.0.1", forwardedFor: ["9.9.9.9, 2.2.2.2", "10.0.0.2"]) == "2.2.2.2")
        #expect(limiter.client(address: "10.0.0.1", forwardedFor: []) == "10.0.0.1")
        #expect(limiter.client(address: "10.0.0.1", forwardedFor: ["nonsense"]) == "10.0.0.1")
        // Who has one address of a /64 has all of them.
        let one = limiter.client(address: "2001:db8:1:2::1", forwardedFor: [])
        #expect(one == limiter.client(address: "2001:db8:1:2:ffff::9", forwardedFor: []) && one == "2001:db8:1:2::/64")
        #expect(one != limiter.client(address: "2001:db8:1:3::1", forwardedFor: []))
        #expect(limiter.client(address: "::ffff:1.1.1.1", forwardedFor: []) == "1.1.1.1")
    }

    @Test("429 says how long to wait, in headers and words")
    func problem() throws {
        let limiter = RateLimiter(RateLimitPolicy(rate: 0.1, burst: 1), trustedProxies: [])
        let headers = try limiter.take("a")
        #expect(headers[.rateLimitPolicy] == #""writes";q=1;w=10"#)
        do throws(Problem) {
            _ = try limiter.take("a")
            Issue.record("the second was taken")
        } catch {
            #expect(error.kind == .rateLimited && error.headers[.retryAfter] == "10")
            #expect(error.headers[.rateLimit] == #""writes";r=0;t=10"#)
        }
    }
}
