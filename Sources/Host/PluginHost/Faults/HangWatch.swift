// Telling calls that hang from calls that take long.

/// Counts ticks for each call under way. A tick that comes late counts as one, so that a process that was paused wakes
/// unharmed.
///
/// A call hangs when too many ticks found it in the plugin's code, however often it called the host in between. What one
/// callback takes is PostgreSQL's time, for `statement_timeout` to bound. But a plugin that calls the host for ever may be
/// in a callback at every tick, so ticks that find it in another callback than the one before are counted, too.
struct HangWatch {
    /// A call that is under way.
    struct Call: Equatable {
        /// Of the thread.
        let slot: Int
        /// Another one for each call of the thread.
        let number: UInt64
        let function: PluginFunction
        /// Another number for each callback.
        var callbacks: UInt64 = 0
        /// Whether it is in a callback.
        var isInHost = false
    }

    /// How many ticks may find a call in another callback each: a minute of quick ones. Far more than a write needs, since
    /// a machine that is slow is no fault of the plugin's.
    static let maximumTicksInCallbacks = 600

    /// What ticks have found of one call.
    private struct Count {
        let number: UInt64
        var callbacks: UInt64
        var ticksInPlugin = 0
        var ticksInCallbacks = 0
    }

    private var counts: [Int: Count] = [:]

    /// No call was under way at the last tick.
    var isIdle: Bool { counts.isEmpty }

    /// - Parameter calls: those under way now.
    /// - Returns: those that hang.
    mutating func tick(_ calls: [Call]) -> [Call] {
        var next: [Int: Count] = [:]
        var hung: [Call] = []
        for call in calls {
            var count =
                counts[call.slot].flatMap { $0.number == call.number ? $0 : nil }
                ?? Count(number: call.number, callbacks: call.callbacks)
            if !call.isInHost {
                count.ticksInPlugin += 1
            } else if count.callbacks != call.callbacks {
                count.ticksInCallbacks += 1
            }
            count.callbacks = call.callbacks
            next[call.slot] = count
            if count.ticksInPlugin > call.function.maximumTicks
                || count.ticksInCallbacks > Self.maximumTicksInCallbacks
            {
                hung.append(call)
            }
        }
        counts = next
        return hung
    }
}
