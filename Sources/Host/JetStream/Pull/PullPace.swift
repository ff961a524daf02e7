// How long pull requests last.

/// Requests of a busy subscription are short, so that one that was lost is soon missed and a pin is kept. While nothing
/// comes, each lasts twice as long as the one before: hundreds of idle consumers then cost next to nothing. No clock.
struct PullPace {
    private let expires: Duration
    private let heartbeat: Duration
    private let longest: Duration
    private var factor = 1

    /// - Parameter longest: what a request may last at most while nothing comes; `expires`, where that is longer.
    init(expires: Duration, heartbeat: Duration, longest: Duration) {
        self.expires = expires
        self.heartbeat = heartbeat
        self.longest = longest
    }

    /// For the next request.
    var current: (expires: Duration, heartbeat: Duration) { (expires * factor, heartbeat * factor) }

    /// A message has come.
    ///
    /// - Returns: whether requests had become longer.
    mutating func delivered() -> Bool {
        defer { factor = 1 }
        return factor > 1
    }

    /// A request has ended without any.
    mutating func ended() {
        if expires * factor * 2 <= longest { factor *= 2 }
    }
}
