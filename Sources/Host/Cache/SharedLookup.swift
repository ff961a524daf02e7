// The I/O around `Coalescer`, for sources that answer by callback.
internal import Synchronization

/// Asks a source for many keys at once; see `Coalescer`. Callers may be on any thread.
package final class SharedLookup<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    package typealias Completion = @Sendable (Value) -> Void
    /// Answers every key, in the order of the keys, on any thread, exactly once.
    package typealias Source = @Sendable (_ keys: [Key], _ answer: @escaping @Sendable ([Value]) -> Void) -> Void

    private let state: Mutex<Coalescer<Key, Completion>>
    private let source: Source

    /// - Parameter limit: how many keys the source is asked for at once, at most.
    package init(limit: Int = 1_000, source: @escaping Source) {
        state = Mutex(Coalescer(limit: limit))
        self.source = source
    }

    /// - Parameter completion: called exactly once, on the source's thread or, where the source answers at once, the
    ///   caller's. It must not block.
    package func lookUp(_ key: Key, completion: @escaping Completion) {
        if let batch = state.withLock({ $0.add(key, completion) }) { run(batch) }
    }

    package func lookUp(_ key: Key) async -> Value {
        await withCheckedContinuation { continuation in
            lookUp(key) { continuation.resume(returning: $0) }
        }
    }

    private func run(_ batch: Coalescer<Key, Completion>.Batch) {
        let entries = Array(batch)
        source(entries.map(\.key)) { [self] values in
            // The next question goes out before this answer is handed round.
            let next = state.withLock { $0.finished() }
            if let next { run(next) }
            for (entry, value) in zip(entries, values) {
                for completion in entry.value { completion(value) }
            }
        }
    }
}
