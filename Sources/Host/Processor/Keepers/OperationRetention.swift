// Which recorded operations may be forgotten.
import Operations

/// How long `write_operations` keeps what has ended.
struct OperationRetention: Sendable {
    let age: Duration

    /// By how much the clocks of NATS and of processors may differ.
    var clockMargin = Duration.seconds(3_600)

    /// Operations that ended before this moment may be removed.
    ///
    /// - Parameter oldestMessage: when the oldest message of the stream was stored. Its operation, and every later one,
    ///   may be delivered again, and must then be found decided; `nil`: the stream is empty.
    func limit(now: Timestamp, oldestMessage: Timestamp?) -> Timestamp {
        let byAge = Timestamp(microseconds: now.microseconds - age.components.seconds * 1_000_000)
        guard let oldestMessage else { return byAge }
        let margin = clockMargin.components.seconds * 1_000_000
        return min(byAge, Timestamp(microseconds: oldestMessage.microseconds - margin))
    }
}
