// Telling clients that a table's data changed.
import JetStream
import JSON
import Operations
import Synchronization

/// Hears of changes, from processors and from change data capture, and wakes the clients that listen to the table. A
/// client that is slow hears once of several changes. Any thread.
final class TableChanges: Sendable {
    /// One client's events; `nil` ends them.
    typealias Events = AsyncStream<Void>

    private struct State {
        var listeners: [String: [Int: Events.Continuation]] = [:]
        /// What captured changes of a table come by; only while somebody listens.
        var captures: [String: NATSSubscription] = [:]
        var lastNumber = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    private let nats: NATSConnection

    init(nats: NATSConnection) {
        self.nats = nats
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
        changed(done.table)
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

    private func changed(_ table: String) {
        let listeners = state.withLock { $0.listeners[table].map { Array($0.values) } ?? [] }
        for listener in listeners { listener.yield() }
    }

    private func capture(_ table: String) {
        guard state.withLock({ $0.captures[table] == nil }) else { return }
        // Every read-api hears these, whoever invalidates for them. Without it, processors' changes are still told.
        let subscription = try? nats.subscribe("cdc.*.\(table)") { [weak self] message in
            if case .ignored = ChangeEvent(subject: message.subject, payload: message.payload) { return }
            self?.changed(table)
        }
        let other = state.withLock { state -> NATSSubscription? in
            if state.captures[table] != nil { return subscription }
            state.captures[table] = subscription
            return nil
        }
        other?.cancel()
    }

    private func remove(_ number: Int, from table: String) {
        let capture = state.withLock { state -> NATSSubscription? in
            state.listeners[table]?[number] = nil
            guard state.listeners[table]?.isEmpty == true else { return nil }
            state.listeners[table] = nil
            return state.captures.removeValue(forKey: table)
        }
        capture?.cancel()
    }
}
