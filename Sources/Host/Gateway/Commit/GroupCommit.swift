// Gathers writes into atomic batches while a commit is under way.

/// Group commit as a pure state machine: events in, actions out; no transport, and the time comes from outside.
///
/// While no commit is under way a write is published by itself at once. While one is, writes gather, and go out together
/// as one atomic batch when it has ended: what a database does with its log. A few that gathered go out side by side,
/// since a batch can take nats-server as long as several messages (`CommitCosts`); after a batch it may wait a moment for
/// those that were answered to write again (`GatherPatience`). A batch that was refused, or whose answer was lost, is
/// published again one by one; the message ids make that harmless. A write whose id may be stored already goes by itself
/// from the start, since one duplicate in a batch spoils the whole batch.
package struct GroupCommit: Sendable {
    /// Names a write between its submission and its end.
    package struct WriteID: Sendable, Hashable {
        package let number: Int

        package init(_ number: Int) {
            self.number = number
        }
    }

    /// Names one publish, single or batch. Never used twice.
    package struct CommitID: Sendable, Hashable {
        package let number: Int
    }

    package typealias Instant = ContinuousClock.Instant

    /// Names one wait for more writes. Never used twice.
    package struct GatherID: Sendable, Hashable {
        package let number: Int
    }

    package enum Action: Sendable, Equatable {
        /// Publish the message of the write; then call `singleEnded` once.
        case publish(CommitID, WriteID)
        /// Publish the messages of the writes, in this order, as one atomic batch; then call `batchEnded` once.
        case publishBatch(CommitID, [WriteID])
        /// The write has ended; forget it.
        case finish(WriteID, CommitOutcome)
        /// Call `gatherEnded` after this time.
        case gather(GatherID, Duration)
    }

    private struct Waiting {
        let write: WriteID
        let bytes: Int
    }

    private enum Commit {
        /// `takesTurn`: others gather while it is under way. `isRepeated`: its message may have been published before.
        case single(WriteID, takesTurn: Bool, isRepeated: Bool)
        case batch([WriteID], since: Instant)
    }

    private struct Gathering {
        let id: GatherID
        let target: Int
        let since: Instant
        /// Writes that were there when it began.
        let gathered: Int
    }

    private let maximumCommits: Int
    private let maximumBatch: Int
    private let maximumBatchBytes: Int

    private var underWay: [CommitID: Commit] = [:]
    /// Commits under way that others gather behind; at most `maximumCommits`.
    private var turnsTaken = 0
    private var waiting: [Waiting] = []
    /// Where `waiting` begins; what is before it has gone out.
    private var firstWaiting = 0
    private var lastCommit = 0
    private var patience: GatherPatience
    private var costs: CommitCosts
    /// The singles that took their turns together: since when, and how many.
    private var singles: (since: Instant, count: Int)?
    private var gathering: Gathering?
    private var lastGather = 0
    /// False once the server has said that it takes no batches.
    package private(set) var usesBatches: Bool

    /// - Parameters:
    ///   - maximumCommits: commits under way before writes gather; 1 or more.
    ///   - maximumBatch: messages in a batch, 1,000 at most (nats-server's limit); 1 switches batches off.
    ///   - maximumBatchBytes: payload bytes in a batch; a single larger message still goes, by itself.
    ///   - smallestBatch: fewer writes than these go out as single publishes side by side, until it has learned better;
    ///     2 to 32.
    ///   - maximumGather: the longest wait for more writes after a batch; zero: none.
    package init(
        maximumCommits: Int = 1, maximumBatch: Int = 500, maximumBatchBytes: Int = 4_194_304, smallestBatch: Int = 2,
        maximumGather: Duration = .zero
    ) {
        self.maximumCommits = max(1, maximumCommits)
        self.maximumBatch = max(1, min(1_000, maximumBatch))
        self.maximumBatchBytes = maximumBatchBytes
        costs = CommitCosts(initial: smallestBatch)
        patience = GatherPatience(maximum: maximumGather)
        usesBatches = maximumBatch > 1
    }

    /// Writes that gather for the next commit.
    package var gathered: Int { waiting.count - firstWaiting }

    /// Takes a write.
    ///
    /// - Parameters:
    ///   - bytes: the size of its message.
    ///   - goesAlone: its id may be stored already.
    package mutating func submit(_ write: WriteID, bytes: Int, goesAlone: Bool, at now: Instant) -> [Action] {
        if goesAlone || !usesBatches {
            return [publish(write, takesTurn: false, isRepeated: false)]
        }
        if turnsTaken < maximumCommits, gathering == nil {
            singles = (now, (singles?.count ?? 0) + 1)
            return [publish(write, takesTurn: true, isRepeated: false)]
        }
        waiting.append(Waiting(write: write, bytes: bytes))
        guard let gathering, gathered >= gathering.target else { return [] }
        return endGathering(isReached: true, at: now)
    }

    /// The time of a wait is over. One that has ended already is passed over.
    package mutating func gatherEnded(_ gather: GatherID, at now: Instant) -> [Action] {
        guard gathering?.id == gather else { return [] }
        return endGathering(isReached: false, at: now)
    }

    private mutating func endGathering(isReached: Bool, at now: Instant) -> [Action] {
        if let ended = gathering {
            patience.ended(isReached: isReached, arrived: gathered - ended.gathered, took: now - ended.since)
        }
        gathering = nil
        var actions: [Action] = []
        startCommits(&actions, at: now)
        return actions
    }

    /// A single publish has been answered. Answers to a commit that has ended already are passed over.
    package mutating func singleEnded(_ commit: CommitID, _ answer: PublishResult, at now: Instant) -> [Action] {
        guard case .single(let write, let takesTurn, let isRepeated)? = underWay[commit] else { return [] }
        underWay[commit] = nil
        if takesTurn {
            turnsTaken -= 1
            if turnsTaken == 0, let ended = singles {
                singles = nil
                if case .stored = answer { costs.singlesEnded(count: ended.count, took: now - ended.since) }
            }
        }
        let outcome: CommitOutcome =
            switch answer {
            case .stored(let sequence, let isDuplicate):
                .stored(sequence: sequence, isDuplicate: isDuplicate, mayBeOwn: isDuplicate && isRepeated)
            case .refused(let refusal):
                // Where the batch before it may have been stored, a refusal now proves nothing.
                isRepeated ? .unknown("\(refusal)") : .refused(refusal)
            case .unknown(let reason):
                .unknown(reason)
            }
        var actions = [Action.finish(write, outcome)]
        startCommits(&actions, at: now)
        return actions
    }

    /// A batch has been answered. Answers to a commit that has ended already are passed over.
    package mutating func batchEnded(_ commit: CommitID, _ answer: BatchPublishResult, at now: Instant) -> [Action] {
        guard case .batch(let writes, let start)? = underWay[commit] else { return [] }
        underWay[commit] = nil
        turnsTaken -= 1
        var actions: [Action] = []
        actions.reserveCapacity(writes.count + 1)
        switch answer {
        case .stored(let last, let count) where count == writes.count && last >= UInt64(count):
            let first = last - UInt64(count) + 1
            for (position, write) in writes.enumerated() {
                let sequence = first + UInt64(position)
                actions.append(.finish(write, .stored(sequence: sequence, isDuplicate: false, mayBeOwn: false)))
            }
        case .refused:
            for write in writes { actions.append(publish(write, takesTurn: false, isRepeated: false)) }
        case .unsupported:
            usesBatches = false
            for write in writes { actions.append(publish(write, takesTurn: false, isRepeated: true)) }
        case .stored, .unknown:
            for write in writes { actions.append(publish(write, takesTurn: false, isRepeated: true)) }
        }
        if case .stored = answer { costs.batchEnded(count: writes.count, took: now - start) }
        if usesBatches, gathering == nil,
            let wait = patience.wait(answered: writes.count, gathered: gathered, took: now - start)
        {
            lastGather += 1
            let id = GatherID(number: lastGather)
            gathering = Gathering(
                id: id, target: min(wait.target, maximumBatch), since: now, gathered: gathered)
            actions.append(.gather(id, wait.limit))
        }
        startCommits(&actions, at: now)
        return actions
    }

    /// The server was replaced or upgraded: batches are tried again.
    package mutating func serverChanged() {
        usesBatches = maximumBatch > 1
    }

    private mutating func startCommits(_ actions: inout [Action], at now: Instant) {
        guard gathering == nil || !usesBatches else { return }
        while gathered > 0, turnsTaken < maximumCommits || !usesBatches {
            var end = firstWaiting
            var bytes = 0
            let limit = usesBatches ? maximumBatch : 1
            while end < waiting.count, end - firstWaiting < limit {
                bytes += waiting[end].bytes
                if bytes > maximumBatchBytes, end > firstWaiting { break }
                end += 1
            }
            let writes = waiting[firstWaiting..<end].map(\.write)
            firstWaiting = end
            if writes.count < costs.smallestBatch || !usesBatches {
                if usesBatches { singles = (now, writes.count + (singles?.count ?? 0)) }
                for write in writes {
                    actions.append(publish(write, takesTurn: usesBatches, isRepeated: false))
                }
            } else {
                let commit = newCommit(.batch(writes, since: now))
                turnsTaken += 1
                actions.append(.publishBatch(commit, writes))
            }
        }
        if firstWaiting == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            firstWaiting = 0
        } else if firstWaiting > 4_096 {
            waiting.removeSubrange(..<firstWaiting)
            firstWaiting = 0
        }
    }

    private mutating func publish(_ write: WriteID, takesTurn: Bool, isRepeated: Bool) -> Action {
        let commit = newCommit(.single(write, takesTurn: takesTurn, isRepeated: isRepeated))
        if takesTurn { turnsTaken += 1 }
        return .publish(commit, write)
    }

    private mutating func newCommit(_ commit: Commit) -> CommitID {
        lastCommit += 1
        let id = CommitID(number: lastCommit)
        underWay[id] = commit
        return id
    }
}
