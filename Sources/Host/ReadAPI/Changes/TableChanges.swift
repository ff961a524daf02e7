// Telling clients that a table's data changed.
import JetStream
import JSON
import Operations
import Synchronization

/// Hears of changes, from processors and from change data capture, and wakes the clients that listen to the table, once
/// nobody reads what was cached before. A client that is slow hears once of several changes. Any thread.
final class TableChanges: Sendable {
    /// One client's events; `nil` ends them.
    typealias Events = AsyncStream<Void>

    /// Starts to hear the change events of a table. The value it returns is kept for as long as they are wanted; letting it
    /// go ends the subscription.
    typealias Subscribe =
        @Sendable (_ table: String, _ handler: @escaping @Sendable (NATSMessage) -> Void) throws -> any Sendable

    /// Invalidates a table, or sees to it that this host reads nothing of it from the cache; then calls its argument.
    typealias Invalidate = @Sendable (_ table: String, _ completion: @escaping @Sendable () -> Void) -> Void

    private struct State {
        var listeners: [String: [Int: Events.Continuation]] = [:]
        /// What captured changes of a table come by; only while somebody listens.
        var captures: [String: any Sendable] = [:]
        var lastNumber = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    private let isCaching: @Sendable () -> Bool
    private let invalidate: Invalidate
    private let subscribe: Subscribe

    /// - Parameter isCaching: whether this host reads from Redis now.
    init(
        isCaching: @escaping @Sendable () -> Bool, invalidate: @escaping Invalidate, subscribe: @escaping Subscribe
    ) {
        self.isCaching = isCaching
        self.invalidate = invalidate
        self.subscribe = subscribe
    }

    /// Begins to listen. The events end with the task, or when `stop` is called.
    func listen(to table: String) -> Events {
        let (events, continuation) = Events.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state -> Int? in
            guard !state.isStopped else { return nil }
            state.lastNumber += 1
            state.listeners[table, default: [:]][state.lastNumber] = continuation
            return state.lastNumber
        }
        guard let number else {
            continuation.finish()
            return events
        }
        continuation.onTermination = { [weak self] _ in self?.remove(number, from: table) }
        capture(table)
        return events
    }

    /// Takes the body of a done message.
    func take(done message: [UInt8]) {
        guard state.withLock({ !$0.listeners.isEmpty }), let done = DoneMessage(decoding: message),
            done.operations.contains(where: { $0.state == .completed })
        else { return }
        let isStale = !done.isInvalidated && isCaching()
        for table in done.furtherTables.union([done.table]) {
            guard isStale, hasListeners(table) else {
                changed(table)
                continue
            }
            // The processor could not: who reads before it is done would find what was cached.
            invalidate(table) { [self] in changed(table) }
        }
    }

    /// Takes the body of a message on `Subject.changed`.
    func take(changed message: [UInt8]) {
        guard state.withLock({ !$0.listeners.isEmpty }), let stale = StaleTables(decoding: message) else { return }
        for table in stale.tables { changed(table) }
    }

    /// The connection to NATS was lost and is back: anything may have happened meanwhile.
    func reconnected() {
        for table in state.withLock({ Array($0.listeners.keys) }) { changed(table) }
    }

    /// Ends all events: the host stops.
    func stop() {
        let all = state.withLock { state in
            state.isStopped = true
            return state.listeners.values.flatMap(\.values)
        }
        for continuation in all { continuation.finish() }
    }

    /// Those who listen now.
    var count: Int { state.withLock { $0.listeners.values.reduce(0) { $0 + $1.count } } }

    private func hasListeners(_ table: String) -> Bool { state.withLock { $0.listeners[table] != nil } }

    private func changed(_ table: String) {
        let listeners = state.withLock { $0.listeners[table].map { Array($0.values) } ?? [] }
        for listener in listeners { listener.yield() }
    }

    private func capture(_ table: String) {
        guard state.withLock({ $0.captures[table] == nil }) else { return }
        // Without it, what processors change and what was invalidated is still told.
        guard let subscription = try? subscribe(table, { [weak self] in self?.captured($0, of: table) }) else { return }
        state.withLock { state in
            // Of two that subscribe at the same moment one wins; the other's subscription ends with its last use.
            if state.captures[table] == nil, state.listeners[table] != nil { state.captures[table] = subscription }
        }
    }

    /// Where Redis is used, `Subject.changed` follows once it is invalidated: who read before that would find what was
    /// cached. Without Redis nothing is, and nobody may ever invalidate.
    private func captured(_ message: NATSMessage, of table: String) {
        if isCaching() { return }
        if case .ignored = ChangeEvent(subject: message.subject, payload: message.payload) { return }
        changed(table)
    }

    private func remove(_ number: Int, from table: String) {
        // What is taken out is let go after the lock is released.
        _ = state.withLock { state -> (any Sendable)? in
            state.listeners[table]?[number] = nil
            guard state.listeners[table]?.isEmpty == true else { return nil }
            state.listeners[table] = nil
            return state.captures.removeValue(forKey: table)
        }
    }
}
