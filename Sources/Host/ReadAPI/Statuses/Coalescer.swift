// Many look-ups in one: a pure state machine.

/// While one round trip is under way, those that want something gather into the next. A question is never joined
/// after it was put: its answer may be older than the one who joins.
struct Coalescer<Key: Hashable & Sendable, Waiter: Sendable>: Sendable {
    /// Who waits for what.
    typealias Batch = [Key: [Waiter]]

    private let limit: Int
    private var isUnderWay = false
    private var waiting: Batch = [:]

    /// - Parameter limit: how many keys a batch has at most.
    init(limit: Int) {
        self.limit = max(limit, 1)
    }

    /// - Returns: the batch to look up now, where none is under way.
    mutating func add(_ key: Key, _ waiter: Waiter) -> Batch? {
        waiting[key, default: []].append(waiter)
        return isUnderWay ? nil : next()
    }

    /// The batch under way was answered, or failed.
    ///
    /// - Returns: the batch to look up next.
    mutating func finished() -> Batch? {
        isUnderWay = false
        return next()
    }

    private mutating func next() -> Batch? {
        if waiting.isEmpty { return nil }
        isUnderWay = true
        var batch: Batch = [:]
        if waiting.count <= limit {
            swap(&batch, &waiting)
        } else {
            for key in Array(waiting.keys.prefix(limit)) { batch[key] = waiting.removeValue(forKey: key) }
        }
        return batch
    }
}
