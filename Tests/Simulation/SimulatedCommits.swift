// A world for `GroupCommit`: a gateway, a stream with a duplicate window, and a network that loses, delays and doubles.
import Gateway
import TestSupport

/// Runs one history. `violation` is the first promise that was broken, with `history` saying how it came about.
struct SimulatedCommits {
    struct Rules {
        /// The server keeps one message of an id.
        var hasIDs = true
        /// A duplicate that may be the gateway's own message is told apart.
        var believesMayBeOwn = true
    }

    /// One attempt of a client to store the operation `id`.
    private struct Attempt {
        let id: Int
        let goesAlone: Bool
        var outcome: CommitOutcome?
    }

    private struct Stored {
        let id: Int
        let attempt: Int
    }

    private struct Request {
        let commit: GroupCommit.CommitID
        let attempts: [Int]
        let isBatch: Bool
        /// The gateway waits no longer for the answer.
        var isGivenUp = false
    }

    private final class Recorder {
        private(set) var lines: [String] = []

        func add(_ line: String) {
            lines.append(line)
        }
    }

    private enum Answer {
        case single(GroupCommit.CommitID, PublishResult)
        case batch(GroupCommit.CommitID, BatchPublishResult)
    }

    private let rules: Rules
    /// Nobody, unless the history is wanted.
    private let recorder: Recorder?
    private let maximumCommits: Int
    private let maximumBatch: Int
    private let takesBatches: Bool
    private var now = ContinuousClock.now
    /// Waits for more writes whose time is not over.
    private var gathers: [GroupCommit.GatherID] = []
    private var random: SeededNumbers
    private var machine: GroupCommit
    private var attempts: [Int: Attempt] = [:]
    private var underWay: [Int: Int] = [:]
    private var mayBeStored: Set<Int> = []
    /// On their way to the server, in order: one connection.
    private var requests: [Request] = []
    /// Given up or not, answered by the server; on their way back.
    private var answers: [Answer] = []
    private var awaited: Set<GroupCommit.CommitID> = []
    private var batchesUnderWay: Set<GroupCommit.CommitID> = []
    private var stream: [Stored] = []
    private var window: [Int: Int] = [:]
    private var isFull = false
    private(set) var finished = 0
    private(set) var batchesStored = 0
    /// What happened, in order; empty unless `isRecorded`.
    var history: [String] { recorder?.lines ?? [] }
    private(set) var violation: String?

    init(seed: UInt64, rules: Rules = Rules(), isRecorded: Bool = false) {
        self.rules = rules
        recorder = isRecorded ? Recorder() : nil
        random = SeededNumbers(seed: seed)
        maximumCommits = Int.random(in: 1...2, using: &random)
        maximumBatch = Int.random(in: 1...6, using: &random)
        takesBatches = Double.random(in: 0..<1, using: &random) < 0.9
        machine = GroupCommit(
            maximumCommits: maximumCommits, maximumBatch: maximumBatch, maximumBatchBytes: 40,
            smallestBatch: Int.random(in: 2...4, using: &random),
            maximumGather: .milliseconds(Int.random(in: 0...1, using: &random)))
    }

    /// Runs `steps` in trouble, then in peace until everything has ended.
    mutating func run(steps: Int = 200) {
        for _ in 0..<steps where violation == nil { takeStep() }
        isFull = false
        settle()
        for commit in awaited.sorted(by: { $0.number < $1.number }) { giveUp(commit) }
        settle()
        guard violation == nil else { return }
        if machine.gathered > 0 { violation = "\(machine.gathered) writes wait although nothing is under way" }
        for (number, attempt) in attempts where attempt.outcome == nil { violation = "attempt \(number) never ended" }
        for (number, attempt) in attempts {
            if case .refused = attempt.outcome, stream.contains(where: { $0.attempt == number }) {
                violation = "attempt \(number) was refused, and is stored"
            }
        }
    }

    /// Everything under way arrives, and nothing more is waited for.
    private mutating func settle() {
        while violation == nil, !requests.isEmpty || !answers.isEmpty || !gathers.isEmpty {
            if !requests.isEmpty {
                arrive(losing: false)
            } else if !answers.isEmpty {
                answer(doubling: false)
            } else {
                endGather()
            }
        }
    }

    /// The time of a wait is over, perhaps after it has ended.
    private mutating func endGather() {
        guard let position = gathers.indices.randomElement(using: &random) else { return }
        let gather = gathers.remove(at: position)
        recorder?.add("gather \(gather.number) is over")
        perform(machine.gatherEnded(gather, at: now))
    }

    private mutating func takeStep() {
        now += .microseconds(Int.random(in: 0...500, using: &random))
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: submit()
        case 40..<65: arrive(losing: true)
        case 65..<90: answer(doubling: true)
        case 90..<92: endGather()
        case 92..<96:
            if let commit = awaited.sorted(by: { $0.number < $1.number }).randomElement(using: &random) {
                giveUp(commit)
            }
        case 96: isFull.toggle()
        case 97:
            // Another gateway stores an operation.
            let id = Int.random(in: 0..<30, using: &random)
            if window[id] == nil, !isFull { store(id, attempt: -1) }
        default: machine.serverChanged()
        }
    }

    private mutating func submit() {
        let id = Int.random(in: 0..<30, using: &random)
        guard underWay[id] == nil else { return }
        let number = attempts.count
        // Writes whose id may be stored already go by themselves.
        let goesAlone = mayBeStored.contains(id)
        attempts[number] = Attempt(id: id, goesAlone: goesAlone)
        underWay[id] = number
        let isIdle = awaited.isEmpty && gathers.isEmpty
        recorder?.add("submit \(number) (operation \(id))\(goesAlone ? " alone" : "")")
        let actions = machine.submit(
            GroupCommit.WriteID(number), bytes: Int.random(in: 5...15, using: &random), goesAlone: goesAlone, at: now)
        if isIdle {
            guard case .publish(_, let write)? = actions.first, write.number == number else {
                violation = "nothing was under way, and write \(number) did not go out at once"
                return
            }
        }
        perform(actions)
    }

    private mutating func perform(_ actions: [GroupCommit.Action]) {
        for action in actions {
            switch action {
            case .publish(let commit, let write):
                recorder?.add("publish \(write.number) as \(commit.number)")
                awaited.insert(commit)
                requests.append(Request(commit: commit, attempts: [write.number], isBatch: false))
            case .publishBatch(let commit, let writes):
                recorder?.add("batch \(writes.map(\.number)) as \(commit.number)")
                check(writes)
                awaited.insert(commit)
                batchesUnderWay.insert(commit)
                requests.append(Request(commit: commit, attempts: writes.map(\.number), isBatch: true))
                if batchesUnderWay.count > maximumCommits { violation = "\(batchesUnderWay.count) batches under way" }
            case .finish(let write, let outcome):
                finish(write.number, outcome)
            case .gather(let gather, let limit):
                recorder?.add("gather \(gather.number)")
                if limit > .milliseconds(1) { violation = "a wait of \(limit)" }
                gathers.append(gather)
            }
        }
    }

    private mutating func check(_ writes: [GroupCommit.WriteID]) {
        if !(2...max(2, maximumBatch)).contains(writes.count) {
            violation = "a batch of \(writes.count)"
        }
        if writes.map(\.number) != writes.map(\.number).sorted() { violation = "a batch out of order" }
        if writes.contains(where: { attempts[$0.number]?.goesAlone == true }) {
            violation = "a write that goes alone is in a batch"
        }
    }

    private mutating func finish(_ number: Int, _ outcome: CommitOutcome) {
        recorder?.add("finish \(number): \(outcome)")
        guard let attempt = attempts[number], attempt.outcome == nil else {
            violation = "attempt \(number) ended twice"
            return
        }
        attempts[number]?.outcome = outcome
        underWay[attempt.id] = nil
        finished += 1
        switch outcome {
        case .stored(let sequence, let isDuplicate, let mayBeOwn):
            guard let stored = stream.indices.contains(Int(sequence) - 1) ? stream[Int(sequence) - 1] : nil,
                stored.id == attempt.id
            else {
                violation = "attempt \(number) of operation \(attempt.id) was told sequence \(sequence) of another"
                return
            }
            if !isDuplicate, stored.attempt != number {
                violation = "attempt \(number) was told that it is the first"
            }
            let isOwn = isDuplicate && stored.attempt == number
            if isOwn, !(mayBeOwn && rules.believesMayBeOwn) {
                violation = "attempt \(number) was told that somebody else was first"
            }
            mayBeStored.insert(attempt.id)
        case .unknown:
            mayBeStored.insert(attempt.id)
        case .refused:
            break
        }
    }

    /// The next request reaches the server, or is lost on the way.
    private mutating func arrive(losing mayLose: Bool) {
        guard !requests.isEmpty else { return }
        let request = requests.removeFirst()
        if mayLose, chance(0.05) {
            recorder?.add("request \(request.commit.number) is lost")
            return
        }
        if request.isBatch {
            let answer = storeBatch(request)
            if !(mayLose && chance(0.1)) { answers.append(.batch(request.commit, answer)) }
        } else {
            let answer = storeSingle(request.attempts[0])
            if !(mayLose && chance(0.1)) { answers.append(.single(request.commit, answer)) }
        }
    }

    private mutating func storeSingle(_ number: Int) -> PublishResult {
        guard let id = attempts[number]?.id else { return .refused(.tooLarge) }
        if rules.hasIDs, let first = window[id] { return .stored(sequence: UInt64(first), isDuplicate: true) }
        if isFull { return .refused(.streamFull) }
        store(id, attempt: number)
        return .stored(sequence: UInt64(stream.count), isDuplicate: false)
    }

    private mutating func storeBatch(_ request: Request) -> BatchPublishResult {
        guard takesBatches else {
            if chance(0.5) {
                // A server from before batches stores each message by itself.
                for number in request.attempts { _ = storeSingle(number) }
            }
            return .unsupported
        }
        let ids = request.attempts.compactMap { attempts[$0]?.id }
        if isFull || (rules.hasIDs && ids.contains { window[$0] != nil }) { return .refused }
        for (number, id) in zip(request.attempts, ids) { store(id, attempt: number) }
        batchesStored += 1
        return .stored(lastSequence: UInt64(stream.count), count: ids.count)
    }

    private mutating func store(_ id: Int, attempt: Int) {
        if stream.contains(where: { $0.id == id }) { violation = "operation \(id) is stored twice" }
        stream.append(Stored(id: id, attempt: attempt))
        window[id] = stream.count
        recorder?.add("stored \(attempt) (operation \(id)) under \(stream.count)")
    }

    /// An answer reaches the gateway; perhaps after it gave up, perhaps twice, not in order.
    private mutating func answer(doubling mayDouble: Bool) {
        guard !answers.isEmpty else { return }
        let position = Int.random(in: 0..<answers.count, using: &random)
        let answer = answers[position]
        if !(mayDouble && chance(0.1)) { answers.remove(at: position) }
        switch answer {
        case .single(let commit, let answer):
            recorder?.add("answer to \(commit.number): \(answer)")
            awaited.remove(commit)
            perform(machine.singleEnded(commit, answer, at: now))
        case .batch(let commit, let answer):
            recorder?.add("answer to \(commit.number): \(answer)")
            awaited.remove(commit)
            batchesUnderWay.remove(commit)
            perform(machine.batchEnded(commit, answer, at: now))
        }
    }

    /// The time for an answer is over. The request may still arrive, and its answer come, later.
    private mutating func giveUp(_ commit: GroupCommit.CommitID) {
        recorder?.add("give \(commit.number) up")
        awaited.remove(commit)
        if batchesUnderWay.remove(commit) != nil {
            perform(machine.batchEnded(commit, .unknown, at: now))
        } else {
            perform(machine.singleEnded(commit, .unknown("no answer"), at: now))
        }
    }

    private mutating func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &random) < probability
    }
}
