// How a client gets to know that its write has ended.

package enum FollowMethod: String, Sendable, CaseIterable {
    /// Asks for the status at an interval.
    case poll
    /// Asks for the status with `wait=10s`.
    case longPoll = "long-poll"
    /// Reads the status's server-sent events.
    case serverSentEvents = "sse"
    /// Has the write itself wait, with `Prefer: wait=10`.
    case prefer
}
