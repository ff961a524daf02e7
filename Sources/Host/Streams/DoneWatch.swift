// Lets a request wait for the end of its operation.
package import Operations
import Synchronization
import Threads

/// Hears which operations ended (`jspg.done.{table}`) and wakes those who wait for one. Any thread.
///
/// A table is listened to only while somebody waits, and for a little longer; unless the host hears of every table anyway
/// and hands on what it hears.
package final class DoneWatch: Sendable {
    /// Starts to listen to a table. The value it returns is kept for as long as messages are wanted; letting it go ends
    /// the subscription. The handler gets the bodies of `jspg.done.{table}`.
    package typealias Subscribe =
        @Sendable (_ table: String, _ handler: @escaping @Sendable ([UInt8]) -> Void) throws -> any Sendable

    /// Asks whether an operation has ended before now. The handler gets the body of a `DoneMessage`, an empty one where it
    /// has not, or `nil` where nobody answers; any thread, also at once.
    package typealias AskEnded =
        @Sendable (_ operationID: OperationID, _ handler: @escaping @Sendable ([UInt8]?) -> Void) -> Void

    package typealias Completion = @Sendable (OperationStatus?) -> Void

    /// Someone who waits for an operation; taken before the operation is published, so that its end can't be missed.
    package struct Ticket: Sendable {
        fileprivate let operationID: OperationID
        fileprivate let number: Int
    }

    private enum Waiter {
        case registered
        case waiting(Completion)
        case ended(OperationStatus)
        /// Nothing can be told without a look: it is completed, and whoever says so has to see to the cache first; or messages
        /// were missed.
        case unconfirmed
    }

    private struct State {
        var waiters: [OperationID: [Int: Waiter]] = [:]
        /// Those that wait, for the deadlines, which know numbers only.
        var waiting: [Int: OperationID] = [:]
        var subscriptions: [String: any Sendable] = [:]
        var lastUse: [String: ContinuousClock.Instant] = [:]
        var lastNumber = 0
        var isStopped = false
        /// Asked, and nobody was there to answer.
        var unanswered: Set<OperationID> = []
        var askingPause = DoneWatch.askingPauses.lowerBound

        mutating func register(_ operationID: OperationID) -> Ticket {
            lastNumber += 1
            waiters[operationID, default: [:]][lastNumber] = .registered
            return Ticket(operationID: operationID, number: lastNumber)
        }

        @discardableResult
        mutating func removeWaiter(_ ticket: Ticket) -> Waiter? {
            let waiter = waiters[ticket.operationID]?.removeValue(forKey: ticket.number)
            if waiters[ticket.operationID]?.isEmpty == true { waiters[ticket.operationID] = nil }
            waiting[ticket.number] = nil
            return waiter
        }
    }

    /// A subscription that nobody has used for this long is ended.
    private static let lingering = Duration.seconds(60)
    /// Before a question is repeated that nobody answered, each time twice as long: after NATS was away, those that answer may
    /// come back last, and there may be none.
    private static let askingPauses = Duration.milliseconds(500)...Duration.seconds(8)
    /// For the clock; tickets count from 1.
    private static let askingToken: UInt64 = 0

    private let state = Mutex(State())
    private let subscribe: Subscribe?
    private let askEnded: AskEnded?
    private let clock = DeadlineClock(name: "done-clock")

    /// - Parameters:
    ///   - subscribe: `nil` for a host that hands on every message (`take`).
    ///   - askEnded: `nil` for a host that looks before it waits.
    package init(subscribe: Subscribe?, askEnded: AskEnded? = nil) {
        self.subscribe = subscribe
        self.askEnded = askEnded
    }

    deinit {
        clock.stop()
    }

    /// Begins to watch an operation. Followed by one `outcome` or `cancel`.
    ///
    /// - Throws: what `subscribe` throws.
    package func register(_ operationID: OperationID, table: String) throws -> Ticket {
        if let ticket = registerIfListening(operationID, table: table) { return ticket }
        // Nobody waits any more.
        guard let subscribe, !isStopped else { return state.withLock { $0.register(operationID) } }
        let subscription = try subscribe(table) { [weak self] body in self?.received(body, table: table) }
        return state.withLock { state in
            state.lastUse[table] = .now
            // Of two that subscribe at the same moment one wins; the other's subscription ends with its last use.
            if state.subscriptions[table] == nil { state.subscriptions[table] = subscription }
            return state.register(operationID)
        }
    }

    /// The same where the table is listened to already, so that nothing has to be subscribed to; `nil` where it is not.
    package func registerIfListening(_ operationID: OperationID, table: String) -> Ticket? {
        state.withLock { state in
            guard !state.isStopped else { return nil }
            if subscribe != nil {
                guard state.subscriptions[table] != nil else { return nil }
                state.lastUse[table] = .now
            }
            return state.register(operationID)
        }
    }

    /// Asks whether the operation ended before it was registered, as that of a repeated request may have; the wait then ends.
    package func lookBack(_ ticket: Ticket) { ask(ticket.operationID) }

    /// Messages may have been missed: of every operation that is waited for it is asked whether it has ended. For a host that
    /// does not look itself.
    package func askAgain() {
        for operationID in state.withLock({ Array($0.waiters.keys) }) { ask(operationID) }
    }

    private func ask(_ operationID: OperationID) {
        askEnded?(operationID) { [weak self] body in
            guard let self else { return }
            guard let body else { return askLater(operationID) }
            state.withLock { $0.askingPause = Self.askingPauses.lowerBound }
            take(body)
        }
    }

    private func askUnanswered() {
        let operationIDs = state.withLock { state in
            defer { state.unanswered = [] }
            return state.unanswered.filter { state.waiters[$0] != nil }
        }
        for operationID in operationIDs { ask(operationID) }
    }

    /// For as long as somebody waits.
    private func askLater(_ operationID: OperationID) {
        let pause: Duration? = state.withLock { state in
            guard state.waiters[operationID] != nil, !state.isStopped else { return nil }
            // The first of those that are asked again together.
            guard state.unanswered.insert(operationID).inserted, state.unanswered.count == 1 else { return nil }
            defer { state.askingPause = min(state.askingPause * 2, Self.askingPauses.upperBound) }
            return state.askingPause
        }
        if let pause { clock.schedule(self, token: Self.askingToken, after: pause) }
    }

    /// Waits until the operation ends, at most for `duration`, rounded up to 10 ms. The end of one whose processor could
    /// not invalidate the cache is asked for, so that a read API does it first; a host that looks itself is told `nil` at
    /// once, and looks.
    ///
    /// - Parameter completion: called exactly once, on any thread, also before this returns, with `nil` where the
    ///   operation is not known to have ended; must not block.
    package func outcome(_ ticket: Ticket, within duration: Duration, completion: @escaping Completion) {
        let answer: OperationStatus?? = state.withLock { state in
            switch state.waiters[ticket.operationID]?[ticket.number] {
            case .registered? where !state.isStopped:
                state.waiters[ticket.operationID]?[ticket.number] = .waiting(completion)
                state.waiting[ticket.number] = ticket.operationID
                return nil
            case .ended(let status)?:
                state.removeWaiter(ticket)
                return .some(status)
            default:
                state.removeWaiter(ticket)
                return .some(nil)
            }
        }
        if let answer { return completion(answer) }
        clock.schedule(self, token: UInt64(ticket.number), after: duration)
    }

    /// As above; ends with the task that waits, too.
    package func outcome(_ ticket: Ticket, within duration: Duration) async -> OperationStatus? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                outcome(ticket, within: duration) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            cancel(ticket)
        }
    }

    /// Stops watching.
    package func cancel(_ ticket: Ticket) {
        let waiter = state.withLock { $0.removeWaiter(ticket) }
        if case .waiting(let completion)? = waiter { completion(nil) }
    }

    /// Ends every wait, and those to come: the host stops.
    package func stop() {
        state.withLock { $0.isStopped = true }
        lookAgain()
    }

    /// Messages may have been missed: everybody who waits is told `nil` at once, and looks. For a host that looks itself.
    package func lookAgain() {
        let completions = state.withLock { state in
            var completions: [Completion] = []
            for (id, waiters) in state.waiters {
                for (number, waiter) in waiters {
                    switch waiter {
                    case .registered: state.waiters[id]?[number] = .unconfirmed
                    case .waiting(let completion):
                        completions.append(completion)
                        state.removeWaiter(Ticket(operationID: id, number: number))
                    case .ended, .unconfirmed: break
                    }
                }
            }
            return completions
        }
        for completion in completions { completion(nil) }
    }

    package var isStopped: Bool { state.withLock(\.isStopped) }

    /// Those who wait now.
    package var count: Int { state.withLock { $0.waiters.values.reduce(0) { $0 + $1.count } } }

    private func received(_ body: [UInt8], table: String) {
        // What is taken out is let go after the lock is released.
        _ = state.withLock { state in
            var expired: (any Sendable)?
            if state.waiters.isEmpty, let lastUse = state.lastUse[table], .now - lastUse > Self.lingering {
                expired = state.subscriptions.removeValue(forKey: table)
                state.lastUse[table] = nil
            }
            return expired
        }
        take(body)
    }

    /// Takes the body of a `DoneMessage`.
    package func take(_ body: [UInt8]) {
        guard state.withLock({ !$0.waiters.isEmpty }), let message = DoneMessage(decoding: body) else { return }
        var woken: [(Completion, OperationStatus?)] = []
        var unconfirmed: [OperationID] = []
        state.withLock { state in
            for status in message.operations {
                guard let numbers = state.waiters[status.operationID]?.keys else { continue }
                let isConfirmed = message.isInvalidated || status.state != .completed
                if !isConfirmed, askEnded != nil {
                    unconfirmed.append(status.operationID)
                    continue
                }
                for number in Array(numbers) {
                    if case .waiting(let completion)? = state.waiters[status.operationID]?[number] {
                        woken.append((completion, isConfirmed ? status : nil))
                        state.removeWaiter(Ticket(operationID: status.operationID, number: number))
                    } else {
                        state.waiters[status.operationID]?[number] = isConfirmed ? .ended(status) : .unconfirmed
                    }
                }
            }
        }
        for (completion, status) in woken { completion(status) }
        for operationID in unconfirmed { ask(operationID) }
    }
}

extension DoneWatch: DeadlineObserver {
    package func deadlinePassed(_ token: UInt64) {
        if token == Self.askingToken { return askUnanswered() }
        let number = Int(token)
        let waiter = state.withLock { state in
            state.waiting[number].flatMap { state.removeWaiter(Ticket(operationID: $0, number: number)) }
        }
        if case .waiting(let completion)? = waiter { completion(nil) }
    }
}
