// Processes that work the partitions of a table beside each other.
import TestSupport

@testable import Processor

/// Some processes, each with a worker for each partition, and what the database knows of their attempts. Some messages end
/// the process that works on them, each time. To record an attempt takes long now and then. It does what `PartitionWorker`
/// does around `AttemptCaution` and `TurnQueue`, and what `AttemptRecord` does in SQL.
struct SimulatedFleet {
    /// One can be switched off, to see what it prevents.
    struct Rules {
        var takesTurns = true
        var leavesToOthers = true
        /// Whether nobody passes by a turn while its attempt is being recorded.
        var protectsRecording = true
        /// Whether work on a message that ends nothing takes longer, now and then, than others wait for.
        var worksLong = false
    }

    struct Message: Hashable {
        var partition: Int
        var number: Int
    }

    private enum Phase {
        case idle
        case waiting(Turn)
        /// The attempt is recorded, and this worker hears of it then.
        case beginning(Turn, attempts: Int, until: ContinuousClock.Instant)
        case working(Turn, Range<Int>, isGivenUp: Bool, until: ContinuousClock.Instant)
    }

    private struct Turn {
        let number: UInt64
        let isAlone: Bool
        /// Whether the attempt is to be recorded.
        let isCautious: Bool
    }

    private struct Worker {
        var phase = Phase.idle
        var caution = AttemptCaution(batchSize: SimulatedFleet.batchSize)
        /// The next attempt is made alone.
        var wantsToBeAlone = false
    }

    private struct Process {
        let key: Int
        var workers = [Worker](repeating: Worker(), count: SimulatedFleet.partitions)
        var turns = TurnQueue()
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
    /// Far below the turns' patience, also many of them.
    private static let step = Duration.milliseconds(1)
    private static let long = Duration.milliseconds(700)

    private var now = ContinuousClock.now
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
    private(set) var turnsAlone = 0

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
        now += Self.step
        let partition = Int.random(in: 0..<Self.partitions, using: &luck)
        _ = processes[process].turns.admit(at: now)
        switch processes[process].workers[partition].phase {
        case .idle: take(process, partition)
        case .waiting(let turn):
            guard !rules.takesTurns || !processes[process].turns.isWaiting(turn.number) else { return }
            if turn.isAlone { turnsAlone += 1 }
            if turn.isCautious {
                guard !rules.protectsRecording || processes[process].turns.protect(turn.number) || !rules.takesTurns
                else {
                    return finish(process, partition)
                }
                begin(process, partition, turn, &luck)
            } else {
                work(process, partition, turn, .together, &luck)
            }
        case .beginning(let turn, let attempts, let until):
            guard until <= now else { return }
            processes[process].turns.unprotect(turn.number, at: now)
            let step = processes[process].workers[partition].caution.step(attempts: attempts)
            work(process, partition, turn, step, &luck)
        case .working(_, let range, let isGivenUp, let until):
            if !isGivenUp && isDeadly(partition, range) { return die(process) }
            guard until <= now else { return }
            if isGivenUp { givenUp.insert(Message(partition: partition, number: range.lowerBound)) }
            processes[process].workers[partition].caution.passed(range.count)
            pass(partition, range.upperBound)
            finish(process, partition)
        }
    }

    private func isDeadly(_ partition: Int, _ range: Range<Int>) -> Bool {
        range.contains { poison.contains(Message(partition: partition, number: $0)) }
    }

    private mutating func take(_ process: Int, _ partition: Int) {
        let row = rows[partition]
        guard row.next < Self.messages else { return }
        // It has caught up: everything that was delivered may have been in others' hands.
        processes[process].workers[partition].caution.suspect(through: UInt64(row.delivered))
        let worker = processes[process].workers[partition]
        // Stream sequences begin with 1.
        let isCautious = worker.caution.isCautious(at: UInt64(row.next + 1))
        let isAlone = isCautious && (worker.caution.goesAlone || worker.wantsToBeAlone)
        processes[process].workers[partition].wantsToBeAlone = false
        let number = processes[process].turns.wait(isAlone: isAlone)
        processes[process].workers[partition].phase = .waiting(
            Turn(number: number, isAlone: isAlone, isCautious: isCautious))
    }

    /// `AttemptRecord.begin`.
    private mutating func begin(_ process: Int, _ partition: Int, _ turn: Turn, _ luck: inout SeededNumbers) {
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
        if !turn.isAlone && number > 1 {
            processes[process].workers[partition].wantsToBeAlone = true
            return finish(process, partition)
        }
        rows[partition].stuckAt = row.next
        rows[partition].attempts = number
        rows[partition].attemptedBy = key
        processes[process].workers[partition].phase = .beginning(
            turn, attempts: number, until: luck.chance(0.2) ? now + Self.long : now)
    }

    private mutating func work(
        _ process: Int, _ partition: Int, _ turn: Turn, _ step: AttemptCaution.Step, _ luck: inout SeededNumbers
    ) {
        let next = rows[partition].next
        guard next < Self.messages else { return finish(process, partition) }
        let count = step == .together ? Int.random(in: 1...Self.batchSize, using: &luck) : 1
        let range = next..<min(next + count, Self.messages)
        rows[partition].delivered = max(rows[partition].delivered, range.upperBound)
        processes[process].workers[partition].phase = .working(
            turn, range, isGivenUp: step == .poison, until: rules.worksLong && luck.chance(0.01) ? now + Self.long : now
        )
    }

    private mutating func finish(_ process: Int, _ partition: Int) {
        switch processes[process].workers[partition].phase {
        case .idle: break
        case .waiting(let turn), .beginning(let turn, _, _), .working(let turn, _, _, _):
            processes[process].turns.end(turn.number)
        }
        processes[process].workers[partition].phase = .idle
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
