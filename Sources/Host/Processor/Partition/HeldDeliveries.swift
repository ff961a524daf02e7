// What is in the hands of workers.
import JetStream
import Synchronization

/// A delivery that somebody works on.
protocol WorkedOn: Sendable {
    /// Tells whoever delivered it that it is still worked on.
    func inProgress()
}

extension Delivery: WorkedOn {}

/// Tells JetStream of deliveries that are being worked on for long, so that it does not give them to others. One for all
/// workers: nearly always there is nothing to tell.
final class HeldDeliveries<Item: WorkedOn>: Sendable {
    /// One worker's hold.
    struct Hold: Sendable {
        fileprivate let number: UInt64
    }

    private struct Held {
        let since: ContinuousClock.Instant
        let deliveries: [UInt64: Item]
    }

    private struct State {
        var held: [UInt64: Held] = [:]
        var lastNumber: UInt64 = 0
    }

    /// How often it looks; well below the consumers' `ack_wait`.
    private static var interval: Duration { .seconds(5) }

    private let state = Mutex(State())

    /// Followed by one `release`.
    func hold(_ deliveries: [UInt64: Item]) -> Hold {
        state.withLock { state in
            state.lastNumber += 1
            if !deliveries.isEmpty { state.held[state.lastNumber] = Held(since: .now, deliveries: deliveries) }
            return Hold(number: state.lastNumber)
        }
    }

    func release(_ hold: Hold) {
        _ = state.withLock { $0.held.removeValue(forKey: hold.number) }
    }

    /// Until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval, tolerance: .seconds(1))
            tell(now: .now)
        }
    }

    /// - Returns: how many deliveries JetStream was told of.
    @discardableResult
    func tell(now: ContinuousClock.Instant) -> Int {
        let long = state.withLock { $0.held.values.filter { now - $0.since >= Self.interval } }
        for held in long { for delivery in held.deliveries.values { delivery.inProgress() } }
        return long.reduce(0) { $0 + $1.deliveries.count }
    }
}
