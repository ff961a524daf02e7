// How long to wait before the next attempt to connect.

/// Doubles from 50 ms to 2 s, each time somewhere between half and the whole of that, so that many clients of a
/// server that came back don't arrive together.
struct RedisBackoff: Sendable {
    static let first: Duration = .milliseconds(50)
    static let longest: Duration = .seconds(2)

    private var attempts = 0

    /// The wait before the next attempt.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let whole = min(Self.first * (1 << min(attempts, 10)), Self.longest)
        attempts += 1
        return whole * Double.random(in: 0.5...1, using: &generator)
    }

    /// After a success.
    mutating func reset() {
        attempts = 0
    }
}
