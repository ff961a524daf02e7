// Processes that work the partitions of a table beside each other.
import TestSupport

@testable import Processor

/// Some processes, each with a worker for each partition, and what the database knows of their attempts. Some messages end
/// the process that works on them, each time. It does what `PartitionWorker` does around `AttemptCaution`, and what
/// `AttemptRecord` does in SQL.
struct SimulatedFleet {
    /// One can be switched off, to see what it prevents.
    struct Rules {
        var takesTurns = true
        var leavesToOthers = true
    }

    struct Message: Hashable {
        var partition: Int
        var number: Int
    }

    private enum Phase {
        case idle
        case wantsTurn
        case working(Range<Int>, isGivenUp: Bool)
    }

    private struct Worker {
        var phase = Phase.idle
        var caution = AttemptCaution(batchSize: SimulatedFleet.batchSize)
    }

    private struct Process {
        let key: Int
        var workers = [Worker](repeating: Worker(), count: SimulatedFleet.partitions)
        /// The partition that has the turn.
        var turn: Int?

        var isIdle: Bool {
            turn == nil
                && !workers.contains { worker in
                    if case .working = worker.phase { true } else { false }
                }
        }
    }

    /// A row of `write_partitions`.
    private struct Row {
        /// Everything below is decided.
        var next = 0
        /// Everything below was in somebody's hands.
        var delivered = 0
        var stuckAt: Int?
        var attempts = 0
        var attemptedBy: Int?
    }

    private static let batchSize = 5
    private static let partitions = 6
    private static let messages = 20
    private static let mostMisfortunes = 1

    private let rules: Rules
    private var processes: [Process]
    private var lastKey: Int
    private var rows = [Row](repeating: Row(), count: partitions)
    let poison: Set<Message>
    private(set) var givenUp: Set<Message> = []
    private(set) var deaths = 0
    /// Deaths of something else. A message has three attempts: poison beside it may cost one, and this another.
    private var misfortunes = 0
    private(set) var waitsForOthers = 0
    private(set) var turns = 0

    init(_ rules: Rules, luck: inout SeededNumbers) {
        self.rules = rules
        let count = Int.random(in: 1...3, using: &luck)
        processes = (0..<count).map { Process(key: $0) }
        lastKey = count
        var poison: Set<Message> = []
        for _ in 0..<Int.random(in: 1...4, using: &luck) {
            poison.insert(
                Message(
                    partition: .random(in: 0..<Self.partitions, using: &luck),
                    number: .random(in: 0..<Self.messages, using: &luck)))
        }
        self.poison = poison
    }

    var isDone: Bool { rows.allSatisfy { $0.next == Self.messages } }
    var givenUpGood: Set<Message> { givenUp.subtracting(poison) }

    /// Lets one worker of one process take one step.
    mutating func advance(_ luck: inout SeededNumbers) {
        let process = Int.random(in: processes.indices, using: &luck)
        if misfortunes < Self.mostMisfortunes, luck.chance(0.002) {
            misfortunes += 1
            return die(process)
        }
        let partition = Int.random(in: 0..<Self.partitions, using: &luck)
        switch processes[process].workers[partition].phase {
        case .idle: take(process, partition, &luck)
        case .wantsTurn:
            guard !rules.takesTurns || processes[process].isIdle else { return }
            processes[process].turn = partition
            turns += 1
            begin(process, partition, hasTurn: true, &luck)
        case .working(let range, let isGivenUp):
            if !isGivenUp && range.contains(where: { poison.contains(Message(partition: partition, number: $0)) }) {
                return die(process)
            }
            if isGivenUp { givenUp.insert(Message(partition: partition, number: range.lowerBound)) }
            processes[process].workers[partition].caution.passed(range.count)
            pass(partition, range.upperBound)
            finish(process, partition)
        }
    }

    private mutating func take(_ process: Int, _ partition: Int, _ luck: inout SeededNumbers) {
        let row = rows[partition]
        guard row.next < Self.messages else { return }
        guard !rules.takesTurns || processes[process].turn == nil else { return }
        // It has caught up: everything that was delivered may have been in others' hands.
        processes[process].workers[partition].caution.suspect(through: UInt64(row.delivered))
        let caution = processes[process].workers[partition].caution
        // Stream sequences begin with 1.
        guard caution.isCautious(at: UInt64(row.next + 1)) else { return work(process, partition, .together, &luck) }
        if caution.goesAlone {
            processes[process].workers[partition].phase = .wantsTurn
        } else {
            begin(process, partition, hasTurn: false, &luck)
        }
    }

    /// `AttemptRecord.begin`.
    private mutating func begin(
        _ process: Int, _ partition: Int, hasTurn: Bool, _ luck: inout SeededNumbers
    ) {
        let key = processes[process].key
        let row = rows[partition]
        if row.next == Self.messages { return finish(process, partition) }
        let attempts = row.stuckAt == row.next ? row.attempts : 0
        var number = attempts + 1
        if rules.leavesToOthers, row.stuckAt == row.next, let owner = row.attemptedBy {
            let isOthers = owner != key && processes.contains { $0.key == owner }
            // It has waited for long, now and then.
            if isOthers, attempts >= AttemptCaution.maximumAttempts || !luck.chance(0.02) {
                waitsForOthers += 1
                return finish(process, partition)
            }
            if isOthers || owner == key { number = attempts }
        }
        if !hasTurn && number > 1 {
            processes[process].workers[partition].phase = .wantsTurn
            return
        }
        rows[partition].stuckAt = row.next
        rows[partition].attempts = number
        rows[partition].attemptedBy = key
        let step = processes[process].workers[partition].caution.step(attempts: number)
        work(process, partition, step, &luck)
    }

    private mutating func work(
        _ process: Int, _ partition: Int, _ step: AttemptCaution.Step, _ luck: inout SeededNumbers
    ) {
        let next = rows[partition].next
        let count = step == .together ? Int.random(in: 1...Self.batchSize, using: &luck) : 1
        let range = next..<min(next + count, Self.messages)
        rows[partition].delivered = max(rows[partition].delivered, range.upperBound)
        processes[process].workers[partition].phase = .working(range, isGivenUp: step == .poison)
    }

    private mutating func finish(_ process: Int, _ partition: Int) {
        processes[process].workers[partition].phase = .idle
        if processes[process].turn == partition { processes[process].turn = nil }
    }

    private mutating func die(_ process: Int) {
        deaths += 1
        lastKey += 1
        processes[process] = Process(key: lastKey)
    }

    private mutating func pass(_ partition: Int, _ next: Int) {
        guard next > rows[partition].next else { return }
        rows[partition].next = next
        rows[partition].stuckAt = nil
        rows[partition].attempts = 0
        rows[partition].attemptedBy = nil
    }
}
