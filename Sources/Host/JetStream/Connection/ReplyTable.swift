// Who waits for which answer.
import Synchronization
import Threads

/// The answers that a connection waits for. Each waiter has a token, the last part of its reply subject, so that one
/// subscription serves them all.
final class ReplyTable: Sendable {
    typealias Completion = @Sendable (Result<NATSMessage, NATSError>) -> Void

    private struct Waiter {
        let subject: String
        let completion: Completion
    }

    private struct State {
        var waiters: [UInt64: Waiter] = [:]
        var filters: [UInt64: @Sendable (NATSMessage) -> Bool] = [:]
    }

    private let state = Mutex(State())
    private let lastToken = Atomic<UInt64>(0)

    /// A token that no one else has.
    func newToken() -> UInt64 {
        lastToken.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Waits for one answer. `completion` is called exactly once, by whichever of the methods below comes first.
    func add(_ token: UInt64, subject: String, completion: @escaping Completion) {
        state.withLock { $0.waiters[token] = Waiter(subject: subject, completion: completion) }
    }

    /// Lets a waiter take several answers: each goes to `isLast`, and the one that it is true for completes the waiter.
    func addFilter(_ token: UInt64, isLast: @escaping @Sendable (NATSMessage) -> Bool) {
        state.withLock { $0.filters[token] = isLast }
    }

    func removeFilter(_ token: UInt64) {
        _ = state.withLock { $0.filters.removeValue(forKey: token) }
    }

    /// Whether the answer still matters.
    func isWaiting(_ token: UInt64) -> Bool {
        state.withLock { $0.waiters[token] != nil }
    }

    /// An answer came.
    func deliver(_ message: NATSMessage, to token: UInt64) {
        if let isLast = state.withLock({ $0.filters[token] }), !isLast(message) { return }
        guard let waiter = state.withLock({ $0.waiters.removeValue(forKey: token) }) else { return }
        let isUnanswered = message.payload.isEmpty && message.status == 503
        waiter.completion(isUnanswered ? .failure(.noResponders(subject: waiter.subject)) : .success(message))
    }

    /// No answer will come for this one. Without effect if it was decided already.
    func fail(_ token: UInt64, with error: NATSError) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: token) }
        waiter?.completion(.failure(error))
    }

    /// No answer will come for any of those that wait now.
    func failAll(with error: NATSError) {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.completion(.failure(error)) }
    }

    /// The number of answers awaited.
    var count: Int { state.withLock { $0.waiters.count } }
}

extension ReplyTable: DeadlineObserver {
    func deadlinePassed(_ token: UInt64) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: token) }
        guard let waiter else { return }
        waiter.completion(.failure(.timeout(subject: waiter.subject)))
    }
}
