// A write on its way to its end.

/// Shared by all that happens to it on one event loop.
final class FollowedOperation {
    /// Nanoseconds of `LoadClock`.
    let intended: UInt64
    /// When the POST was sent.
    let sent: UInt64
    /// The path and query of the 202's Location.
    var location: [UInt8] = []
    /// Completed, failed, lost or refused: nothing more is counted.
    var hasEnded = false

    init(intended: UInt64, sent: UInt64) {
        self.intended = intended
        self.sent = sent
    }
}
