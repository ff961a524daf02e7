// Telling calls that hang from calls that take long.

/// Counts ticks for each call under way. A tick that comes late counts as one, so that a process that was paused wakes
/// unharmed.
struct HangWatch {
    /// A call that is under way.
    struct Call: Equatable {
        /// Of the thread.
        let slot: Int
        /// Changes with each call.
        let sequence: UInt64
        let function: PluginFunction
    }

    private var ticks: [Int: (sequence: UInt64, count: Int)] = [:]

    /// No call was under way at the last tick.
    var isIdle: Bool { ticks.isEmpty }

    /// - Parameter calls: those under way now.
    /// - Returns: those that have been under way for too many ticks.
    mutating func tick(_ calls: [Call]) -> [Call] {
        var next: [Int: (sequence: UInt64, count: Int)] = [:]
        for call in calls {
            let before = ticks[call.slot].flatMap { $0.sequence == call.sequence ? $0.count : nil }
            next[call.slot] = (call.sequence, (before ?? 0) + 1)
        }
        ticks = next
        return calls.filter { ticks[$0.slot].map(\.count) ?? 0 > $0.function.maximumTicks }
    }
}
