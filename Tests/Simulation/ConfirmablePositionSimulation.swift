// A capture process that dies at any moment, between a server that sends transactions and a store.
import TestSupport
import Testing

@testable import CDC

@Suite("Stored position, simulated")
struct ConfirmablePositionSimulation {
    private struct World {
        /// The server's transactions: how many changes each has.
        var transactions: [Int] = []
        /// What the slot has confirmed: transactions before it are not sent again.
        var confirmed = 0
        /// Changes in the store, as (transaction, change).
        var stored: [(transaction: Int, change: Int)] = []
        var deaths = 0

        /// One life of the process.
        ///
        /// - Returns: what went wrong.
        mutating func live(_ random: inout SeededNumbers, confirmsReceived: Bool) -> String? {
            var position = ConfirmablePosition(start: LogSequenceNumber(UInt64(confirmed)))
            var pending: [(transaction: Int, change: Int)] = []
            var received = LogSequenceNumber(0)
            for number in confirmed..<transactions.count {
                for change in 0..<transactions[number] {
                    position.received()
                    pending.append((number, change))
                    if random.chance(0.2) { store(&pending, &position, &random) }
                    if dies(0.01, &random) { return nil }
                }
                position.committed(end: LogSequenceNumber(UInt64(number + 1)))
                received = LogSequenceNumber(UInt64(number + 1))
                if random.chance(0.3) { store(&pending, &position, &random) }
                if random.chance(0.3) { position.idle(upTo: received) }
                if random.chance(0.3) {
                    confirmed = max(confirmed, Int((confirmsReceived ? received : position.confirmable).value))
                    if let fault = check() { return fault }
                }
                if dies(0.03, &random) { return nil }
            }
            while !pending.isEmpty { store(&pending, &position, &random) }
            confirmed = Int(position.confirmable.value)
            if confirmed != transactions.count { return "confirmed \(confirmed) of \(transactions.count) in the end" }
            return check()
        }

        private mutating func dies(_ probability: Double, _ random: inout SeededNumbers) -> Bool {
            guard random.chance(probability) else { return false }
            deaths += 1
            return true
        }

        /// A batch is stored as a whole, in order.
        mutating func store(
            _ pending: inout [(transaction: Int, change: Int)], _ position: inout ConfirmablePosition,
            _ random: inout SeededNumbers
        ) {
            let count = min(pending.count, Int.random(in: 1...5, using: &random))
            guard count > 0 else { return }
            stored += pending.prefix(count)
            pending.removeFirst(count)
            position.stored(changes: count)
        }

        /// Everything that was confirmed is stored.
        func check() -> String? {
            for number in 0..<confirmed {
                for change in 0..<transactions[number]
                where !stored.contains(where: { $0 == (number, change) }) {
                    return "transaction \(number) is confirmed, its change \(change) is not stored"
                }
            }
            return nil
        }
    }

    /// - Returns: what went wrong, `nil`: nothing; and how often the process died.
    private func run(seed: UInt64, confirmsReceived: Bool = false) -> (fault: String?, deaths: Int) {
        var random = SeededNumbers(seed: seed)
        var world = World()
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            world.transactions.append(Int.random(in: 0...6, using: &random))
        }
        for _ in 0..<60 where world.confirmed < world.transactions.count {
            if let fault = world.live(&random, confirmsReceived: confirmsReceived) {
                return ("seed \(seed): \(fault)", world.deaths)
            }
        }
        return (world.confirmed == world.transactions.count ? nil : "seed \(seed): it never ends", world.deaths)
    }

    @Test("20,000 histories: nothing is confirmed that is not stored, and in the end everything is")
    func histories() async {
        var deaths = 0
        for seed in 0..<UInt64(20_000) {
            // Thousands of histories must not keep tests that wait for servers from running.
            if seed % 64 == 0 { await Task.yield() }
            let history = run(seed: seed)
            if let fault = history.fault {
                Issue.record("\(fault)")
                return
            }
            deaths += history.deaths
        }
        // Otherwise it would show nothing.
        #expect(deaths > 2_000)
    }

    @Test("a process that confirms what it has received is found out")
    func confirmingReceived() async {
        let isFound = await isShown(in: 0..<500) {
            run(seed: $0, confirmsReceived: true).fault?.contains("is not stored") == true
        }
        #expect(isFound)
    }
}
