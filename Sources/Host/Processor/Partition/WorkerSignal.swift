// How workers are told to end or to look around, without cancelling what they do.
import Synchronization

/// Wakes a worker that waits for messages. Cancelling its task instead would also cancel the transaction in hand.
final class WorkerSignal: Sendable {
    enum Reason: Sendable {
        /// End after what is in hand.
        case stop
        /// Somebody else may have left messages undecided.
        case nudge
        /// The connection to NATS was away: deliveries may have been lost.
        case reconnected
    }

    private struct State {
        var isStopped = false
        var pending: Reason?
        var wake: (@Sendable () -> Void)?
        var isBusy = false
    }

    private let state = Mutex(State())

    /// Whether the worker has messages in hand.
    var isBusy: Bool {
        get { state.withLock(\.isBusy) }
        set { state.withLock { $0.isBusy = newValue } }
    }

    var isStopped: Bool { state.withLock(\.isStopped) }

    func send(_ reason: Reason) {
        let wake = state.withLock { state in
            switch reason {
            case .stop: state.isStopped = true
            // It includes all that a nudge asks for.
            case .nudge: if state.pending == nil { state.pending = .nudge }
            case .reconnected: state.pending = .reconnected
            }
            return state.wake
        }
        wake?()
    }

    /// What to do instead of waiting, if anything. Taking it clears it, except for `stop`.
    func take() -> Reason? {
        state.withLock { state in
            if state.isStopped { return .stop }
            defer { state.pending = nil }
            return state.pending
        }
    }

    /// What wakes the worker from its waiting.
    func onSignal(_ wake: @escaping @Sendable () -> Void) {
        let isDue = state.withLock { state in
            state.wake = wake
            return state.isStopped || state.pending != nil
        }
        if isDue { wake() }
    }
}
