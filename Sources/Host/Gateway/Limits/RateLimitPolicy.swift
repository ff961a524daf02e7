// How many writes a client may send: pure.

/// `RATE_LIMIT`: `100/s`, `6000/m`, with ` burst 500` for how many may come at once (by default as many as in a second).
package struct RateLimitPolicy: Sendable, Equatable {
    /// Writes a second that go on for ever.
    package let rate: Double
    /// Writes at once after a pause.
    package let burst: Int

    package init(rate: Double, burst: Int) {
        self.rate = rate
        self.burst = burst
    }

    /// `nil` for a text that is no policy.
    package init?(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 1 || (words.count == 3 && words[1] == "burst") else { return nil }
        let parts = words[0].split(separator: "/").map(String.init)
        let seconds: Double? = parts.count == 2 ? ["s": 1, "m": 60, "h": 3_600][parts[1]] : nil
        guard let seconds, let count = Int(parts[0]), count > 0, count <= 1_000_000 else { return nil }
        rate = Double(count) / seconds
        guard words.count == 3 else {
            burst = max(1, Int(rate.rounded(.up)))
            return
        }
        guard let burst = Int(words[2]), burst > 0, burst <= 1_000_000 else { return nil }
        self.burst = burst
    }

    /// The header `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10): a quota in a window of seconds.
    var header: String { "\"writes\";q=\(burst);w=\(max(1, Int((Double(burst) / rate).rounded(.up))))" }
}
