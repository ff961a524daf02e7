// Lets a request wait for the end of its operation.
package import Operations
import Synchronization

/// Hears which operations ended (`jspg.done.{table}`) and wakes those who wait for one. Any thread.
///
/// A table is listened to only while somebody waits, and for a little longer.
package final class DoneWatch: Sendable {
    /// Starts to listen to a table. The value it returns is kept for as long as messages are wanted; letting it go ends
    /// the subscription. The handler gets the bodies of `jspg.done.{table}`.
    package typealias Subscribe =
        @Sendable (_ table: String, _ handler: @escaping @Sendable ([UInt8]) -> Void) throws -> any Sendable

    /// Someone who waits for an operation; taken before the operation is published, so that its end can't be missed.
    package struct Ticket: Sendable {
        fileprivate let operationID: OperationID
        fileprivate let number: Int
    }

    private enum Waiter {
        case registered
        case waiting(CheckedContinuation<OperationStatus?, Never>)
        case ended(OperationStatus)
    }

    private struct State {
        var waiters: [OperationID: [Int: Waiter]] = [:]
        var subscriptions: [String: any Sendable] = [:]
        var lastUse: [String: ContinuousClock.Instant] = [:]
        var lastNumber = 0
        var isStopped = false

        @discardableResult
        mutating func removeWaiter(_ ticket: Ticket) -> Waiter? {
            let waiter = waiters[ticket.operationID]?.removeValue(forKey: ticket.number)
            if waiters[ticket.operationID]?.isEmpty == true { waiters[ticket.operationID] = nil }
            return waiter
        }
    }

    /// A subscription that nobody has used for this long is ended.
    private static let lingering = Duration.seconds(60)

    private let state = Mutex(State())
    private let subscribe: Subscribe

    package init(subscribe: @escaping Subscribe) {
        self.subscribe = subscribe
    }

    /// Begins to watch an operation. Followed by one `outcome` or `cancel`.
    ///
    /// - Throws: what `subscribe` throws.
    package func register(_ operationID: OperationID, table: String) throws -> Ticket {
        let isListening = state.withLock { state in
            state.lastUse[table] = .now
            return state.subscriptions[table] != nil
        }
        if !isListening {
            let subscription = try subscribe(table) { [weak self] body in self?.received(body, table: table) }
            state.withLock { state in
                // Of two that subscribe at the same moment one wins; the other's subscription ends with its last use.
                if state.subscriptions[table] == nil { state.subscriptions[table] = subscription }
            }
        }
        return state.withLock { state in
            state.lastNumber += 1
            state.waiters[operationID, default: [:]][state.lastNumber] = .registered
            return Ticket(operationID: operationID, number: state.lastNumber)
        }
    }

    /// Waits until the operation ends, at most for `duration`; `nil` where it has not.
    package func outcome(_ ticket: Ticket, within duration: Duration) async -> OperationStatus? {
        let status = await withTaskGroup(of: OperationStatus?.self) { group in
            group.addTask { await self.end(of: ticket) }
            group.addTask {
                // A cancelled sleep ends the wait as well.
                try? await Task.sleep(for: duration)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        cancel(ticket)
        return status
    }

    /// Stops watching.
    package func cancel(_ ticket: Ticket) {
        let waiter = state.withLock { $0.removeWaiter(ticket) }
        if case .waiting(let continuation)? = waiter { continuation.resume(returning: nil) }
    }

    /// Ends every wait, and those to come: the host stops.
    package func stop() {
        let continuations = state.withLock { state in
            state.isStopped = true
            var continuations: [CheckedContinuation<OperationStatus?, Never>] = []
            for (id, waiters) in state.waiters {
                for case (let number, .waiting(let continuation)) in waiters {
                    continuations.append(continuation)
                    state.waiters[id]?[number] = .registered
                }
            }
            return continuations
        }
        for continuation in continuations { continuation.resume(returning: nil) }
    }

    package var isStopped: Bool { state.withLock(\.isStopped) }

    /// Those who wait now.
    package var count: Int { state.withLock { $0.waiters.values.reduce(0) { $0 + $1.count } } }

    private func end(of ticket: Ticket) async -> OperationStatus? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: OperationStatus?? = state.withLock { state in
                    switch state.waiters[ticket.operationID]?[ticket.number] {
                    case .ended(let status)?:
                        return .some(status)
                    case .registered? where !Task.isCancelled && !state.isStopped:
                        state.waiters[ticket.operationID]?[ticket.number] = .waiting(continuation)
                        return nil
                    default:
                        return .some(nil)
                    }
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            cancel(ticket)
        }
    }

    private func received(_ body: [UInt8], table: String) {
        // What is taken out is let go after the lock is released.
        let (isWanted, _) = state.withLock { state in
            var expired: (any Sendable)?
            if state.waiters.isEmpty, let lastUse = state.lastUse[table], .now - lastUse > Self.lingering {
                expired = state.subscriptions.removeValue(forKey: table)
                state.lastUse[table] = nil
            }
            return (!state.waiters.isEmpty, expired)
        }
        guard isWanted, let message = DoneMessage(decoding: body) else { return }
        var woken: [(CheckedContinuation<OperationStatus?, Never>, OperationStatus)] = []
        state.withLock { state in
            for status in message.operations {
                guard let numbers = state.waiters[status.operationID]?.keys else { continue }
                for number in Array(numbers) {
                    if case .waiting(let continuation)? = state.waiters[status.operationID]?[number] {
                        woken.append((continuation, status))
                        state.removeWaiter(Ticket(operationID: status.operationID, number: number))
                    } else {
                        state.waiters[status.operationID]?[number] = .ended(status)
                    }
                }
            }
        }
        for (continuation, status) in woken { continuation.resume(returning: status) }
    }
}
