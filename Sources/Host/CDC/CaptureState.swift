// What the capture process says about itself.
import Operations
import Synchronization

/// Written by the replication, read by `/health`, metrics and the heartbeat. Any thread.
final class CaptureState: Sendable {
    enum Phase: String, Sendable {
        case starting
        /// The rows that were there before are being published.
        case snapshot
        case replicating
        /// Another process has the slot.
        case standby
        /// PostgreSQL can't be reached or refuses.
        case waiting
    }

    private struct State {
        var phase = Phase.starting
        var reason: String?
        var changes = 0
        /// Commit of the oldest transaction that is not stored; `nil`: all that was received is.
        var pendingSince: Int64?
        var keptBytes: Int64?
        /// Since when nothing can be stored, and why; `nil`: the last could be.
        var storeFailure: (since: ContinuousClock.Instant, reason: String)?
    }

    /// What is over sooner, as an election in a cluster is, is no trouble.
    private static let patience = Duration.seconds(10)

    private let state = Mutex(State())

    var phase: Phase { state.withLock(\.phase) }
    var reason: String? { state.withLock(\.reason) }
    var changes: Int { state.withLock(\.changes) }
    var keptBytes: Int64? { state.withLock(\.keptBytes) }

    /// How far behind what is stored is, in milliseconds.
    func lag(at now: Timestamp) -> Int64 {
        state.withLock { state in
            state.pendingSince.map { max(0, (now.microseconds - $0) / 1_000) } ?? 0
        }
    }

    /// Why events can't be stored; `nil` where they can, or could a moment ago.
    func storeFailure(at now: ContinuousClock.Instant = .now) -> String? {
        state.withLock { state in
            state.storeFailure.flatMap { now - $0.since >= Self.patience ? $0.reason : nil }
        }
    }

    func set(_ phase: Phase, reason: String? = nil) {
        state.withLock {
            $0.phase = phase
            $0.reason = reason
            guard phase == .standby else { return }
            // Another process tells of both now.
            $0.pendingSince = nil
            $0.keptBytes = nil
            $0.storeFailure = nil
        }
    }

    func stored(changes: Int) { state.withLock { $0.changes += changes } }

    /// - Parameter reason: `nil`: events were stored.
    func setStoreFailure(_ reason: String?, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            state.storeFailure = reason.map { (since: state.storeFailure?.since ?? now, reason: $0) }
        }
    }

    func setPending(since: Int64?) { state.withLock { $0.pendingSince = since } }
    func setKept(bytes: Int64?) { state.withLock { $0.keptBytes = bytes } }
}
