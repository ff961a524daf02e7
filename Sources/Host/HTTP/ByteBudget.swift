// Bounds the memory that request bodies take.
import Synchronization

/// Bytes that may be buffered at the same time by all requests together. Any thread.
package final class ByteBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    /// - Parameter limit: bytes, above 0.
    package init(limit: Int) {
        self.limit = limit
    }

    /// Bytes taken now.
    package var inUse: Int { used.load(ordering: .relaxed) }

    /// Takes `count` bytes if they are there. Every `true` is followed by one `release` of the same count.
    package func take(_ count: Int) -> Bool {
        let (_, after) = used.wrappingAdd(count, ordering: .relaxed)
        guard after <= limit else {
            used.wrappingSubtract(count, ordering: .relaxed)
            return false
        }
        return true
    }

    /// Gives bytes back. Any thread, also another one than took them.
    ///
    /// - Parameter count: that of a `take` which returned true; once for each.
    package func release(_ count: Int) {
        used.wrappingSubtract(count, ordering: .relaxed)
    }
}
