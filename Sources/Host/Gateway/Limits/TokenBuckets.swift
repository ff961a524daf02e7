// A token bucket for each client: pure.

/// Buckets that fill by themselves. Those that are full again are forgotten, so that memory is bounded by the clients that
/// wrote lately.
struct TokenBuckets: Sendable {
    /// What a client is told.
    struct Decision: Equatable {
        let isAllowed: Bool
        /// Writes that may come at once now.
        let remaining: Int
        /// Seconds until one more may come; 0 where one may.
        let wait: Double
    }

    private struct Bucket {
        var tokens: Double
        var filledAt: Double
    }

    private let policy: RateLimitPolicy
    private let capacity: Int
    private var buckets: [String: Bucket] = [:]
    private var sweptAt = 0.0

    /// - Parameter capacity: the most buckets; beyond it, the fullest go.
    init(_ policy: RateLimitPolicy, capacity: Int = 100_000) {
        self.policy = policy
        self.capacity = capacity
    }

    var count: Int { buckets.count }

    /// - Parameter now: seconds of a clock that never goes back.
    mutating func take(_ client: String, at now: Double) -> Decision {
        sweep(at: now)
        var bucket = buckets[client] ?? Bucket(tokens: Double(policy.burst), filledAt: now)
        bucket.tokens = tokens(bucket, at: now)
        bucket.filledAt = now
        let isAllowed = bucket.tokens >= 1
        if isAllowed { bucket.tokens -= 1 }
        buckets[client] = bucket
        return Decision(
            isAllowed: isAllowed, remaining: Int(bucket.tokens),
            wait: bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) / policy.rate)
    }

    private func tokens(_ bucket: Bucket, at now: Double) -> Double {
        min(Double(policy.burst), bucket.tokens + (now - bucket.filledAt) * policy.rate)
    }

    private mutating func sweep(at now: Double) {
        guard now - sweptAt >= 1 || buckets.count >= capacity else { return }
        sweptAt = now
        buckets = buckets.filter { tokens($0.value, at: now) < Double(policy.burst) }
        guard buckets.count >= capacity else { return }
        // More clients than there is room for: those that lack least are forgotten.
        let kept = buckets.sorted { tokens($0.value, at: now) < tokens($1.value, at: now) }.prefix(capacity * 3 / 4)
        buckets = Dictionary(kept.map { ($0.key, $0.value) }) { first, _ in first }
    }
}
