// Keeping each client to its rate.
package import HTTP
package import HTTPTypes
import Synchronization

/// Counts writes by client: by its address, or, where a trusted proxy sent the request, by the address that the proxy
/// names. Any thread.
package final class RateLimiter: Sendable {
    private let policy: RateLimitPolicy
    private let trustedProxies: [AddressRange]
    private let buckets: Mutex<TokenBuckets>
    private let start = ContinuousClock.now

    package init(_ policy: RateLimitPolicy, trustedProxies: [AddressRange]) {
        self.policy = policy
        self.trustedProxies = trustedProxies
        buckets = Mutex(TokenBuckets(policy))
    }

    /// Counts a write.
    ///
    /// - Returns: headers for the answer.
    /// - Throws: `Problem`, 429, where the client has to wait.
    package func take(_ client: String) throws(Problem) -> HTTPFields {
        let now = (ContinuousClock.now - start) / .seconds(1)
        let decision = buckets.withLock { $0.take(client, at: now) }
        var headers: HTTPFields = [:]
        headers[.rateLimitPolicy] = policy.header
        let seconds = Int(decision.wait.rounded(.up))
        headers[.rateLimit] = "\"writes\";r=\(decision.remaining)" + (seconds > 0 ? ";t=\(seconds)" : "")
        guard decision.isAllowed else {
            var problem = Problem(
                .rateLimited,
                "This client sends more writes than the \(policy.burst) at once, then "
                    + "\(Self.text(policy.rate)) a second, that this server takes: nothing was stored. Repeat the request later."
            ).retryAfter(.milliseconds(Int64((decision.wait * 1_000).rounded(.up))))
            for field in headers { problem.headers[field.name] = field.value }
            throw problem
        }
        return headers
    }

    /// Who a request is from: an IPv4 address, or the /64 of an IPv6 address.
    ///
    /// - Parameters:
    ///   - address: the other end of the connection; `nil`: a socket of the file system.
    ///   - forwardedFor: `X-Forwarded-For`, all of it. Only what trusted proxies have added counts, from the right.
    package func client(address: String?, forwardedFor: [String]) -> String {
        var client = address ?? "local"
        var hops = forwardedFor.flatMap { $0.split(separator: ",") }.map { hop in
            String(hop.drop { $0 == " " }.prefix { $0 != " " })
        }
        while trustedProxies.contains(where: { $0.contains(client) }), let hop = hops.popLast(),
            AddressRange(hop) != nil
        {
            client = hop
        }
        return AddressRange.client(of: client) ?? client
    }

    private static func text(_ rate: Double) -> String {
        rate == rate.rounded() ? String(Int(rate)) : String((rate * 100).rounded() / 100)
    }
}
