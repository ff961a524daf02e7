// Group commit: single while idle, batches while a commit is under way, every write ends once.
import Gateway
import Testing

@Suite("Group commit")
struct GatewayGroupCommitTests {
    private let start = ContinuousClock.now

    private func commit(of action: GroupCommit.Action?) -> GroupCommit.CommitID? {
        switch action {
        case .publish(let commit, _)?, .publishBatch(let commit, _)?: commit
        default: nil
        }
    }

    private func submit(_ numbers: ClosedRange<Int>, to machine: inout GroupCommit) -> [GroupCommit.Action] {
        numbers.flatMap { machine.submit(GroupCommit.WriteID($0), bytes: 100, goesAlone: false, at: start) }
    }

    @Test("a lone write is published at once, the ones that come meanwhile go together")
    func gathers() throws {
        var machine = GroupCommit()
        let first = submit(1...1, to: &machine)
        guard case .publish(let single, let write)? = first.first else {
            Issue.record("no single publish")
            return
        }
        #expect(write.number == 1)
        #expect(submit(2...4, to: &machine).isEmpty)
        #expect(machine.gathered == 3)

        let next = machine.singleEnded(single, .stored(sequence: 7, isDuplicate: false), at: start)
        #expect(
            next.first == .finish(write, .stored(sequence: 7, isDuplicate: false, mayBeOwn: false)))
        guard case .publishBatch(let batch, let writes)? = next.last else {
            Issue.record("no batch")
            return
        }
        #expect(writes.map(\.number) == [2, 3, 4])

        let end = machine.batchEnded(batch, .stored(lastSequence: 10, count: 3), at: start)
        #expect(
            end
                == [8, 9, 10].enumerated().map {
                    .finish(
                        writes[$0.offset], .stored(sequence: UInt64($0.element), isDuplicate: false, mayBeOwn: false))
                })
    }

    @Test("a batch with a duplicate in it goes out one by one")
    func refusedBatch() throws {
        var machine = GroupCommit()
        let single = try #require(commit(of: submit(1...3, to: &machine).first))
        let batch = try #require(commit(of: machine.singleEnded(single, .refused(.streamFull), at: start).last))
        let singles = machine.batchEnded(batch, .refused, at: start)
        #expect(singles.count == 2)
        let second = try #require(commit(of: singles.first))
        #expect(
            machine.singleEnded(second, .stored(sequence: 3, isDuplicate: true), at: start)
                == [.finish(GroupCommit.WriteID(2), .stored(sequence: 3, isDuplicate: true, mayBeOwn: false))])
    }

    @Test("after a batch without an answer a duplicate may be the write's own message, and a refusal proves nothing")
    func lostBatch() throws {
        var machine = GroupCommit()
        let single = try #require(commit(of: submit(1...3, to: &machine).first))
        let batch = try #require(
            commit(of: machine.singleEnded(single, .stored(sequence: 1, isDuplicate: false), at: start).last))
        let singles = machine.batchEnded(batch, .unknown, at: start)
        let second = try #require(commit(of: singles.first))
        let third = try #require(commit(of: singles.last))
        #expect(
            machine.singleEnded(second, .stored(sequence: 2, isDuplicate: true), at: start)
                == [.finish(GroupCommit.WriteID(2), .stored(sequence: 2, isDuplicate: true, mayBeOwn: true))])
        guard case .finish(_, .unknown)? = machine.singleEnded(third, .refused(.streamFull), at: start).first else {
            Issue.record("a refusal was believed")
            return
        }
        // The answer that was lost comes after all.
        #expect(machine.batchEnded(batch, .stored(lastSequence: 3, count: 2), at: start).isEmpty)
    }

    @Test("a write whose id may be stored goes by itself, past the one under way")
    func goesAlone() {
        var machine = GroupCommit()
        #expect(submit(1...1, to: &machine).count == 1)
        let actions = machine.submit(GroupCommit.WriteID(2), bytes: 100, goesAlone: true, at: start)
        guard case .publish(_, let write)? = actions.first else {
            Issue.record("it did not go out")
            return
        }
        #expect(write.number == 2)
        #expect(machine.gathered == 0)
    }

    @Test("batches end at their limits of messages and bytes")
    func limits() throws {
        var machine = GroupCommit(maximumBatch: 10, maximumBatchBytes: 250)
        let single = try #require(commit(of: submit(1...6, to: &machine).first))
        let actions = machine.singleEnded(single, .stored(sequence: 1, isDuplicate: false), at: start)
        guard case .publishBatch(_, let writes)? = actions.last else {
            Issue.record("no batch")
            return
        }
        #expect(writes.count == 2)
        #expect(machine.gathered == 3)
    }

    @Test("a server without batches is used with single publishes, until it changes")
    func unsupported() throws {
        var machine = GroupCommit()
        let single = try #require(commit(of: submit(1...3, to: &machine).first))
        let batch = try #require(
            commit(of: machine.singleEnded(single, .stored(sequence: 1, isDuplicate: false), at: start).last))
        #expect(machine.batchEnded(batch, .unsupported, at: start).count == 2)
        #expect(submit(4...6, to: &machine).count == 3)
        machine.serverChanged()
        #expect(machine.usesBatches)
    }

    @Test("a few writes that gathered go out side by side, and the next commit waits for all of them")
    func fewSingles() throws {
        var machine = GroupCommit(smallestBatch: 4)
        let single = try #require(commit(of: submit(1...4, to: &machine).first))
        let three = machine.singleEnded(single, .stored(sequence: 1, isDuplicate: false), at: start).dropFirst()
        #expect(three.count == 3)
        #expect(submit(5...8, to: &machine).isEmpty)
        for (number, action) in three.enumerated() {
            let one = try #require(commit(of: action))
            let actions = machine.singleEnded(
                one, .stored(sequence: UInt64(number + 2), isDuplicate: false), at: start)
            guard number == 2 else { continue }
            guard case .publishBatch(_, let writes)? = actions.last else {
                Issue.record("no batch")
                return
            }
            #expect(writes.count == 4)
        }
    }

    @Test("after a batch it waits for those that were answered, and no longer than three quarters of the batch's time")
    func waitsForReturners() throws {
        var machine = GroupCommit(maximumGather: .milliseconds(5))
        let batch = try #require(firstBatch(of: 16, &machine))
        let end = machine.batchEnded(batch, .stored(lastSequence: 17, count: 16), at: start + .milliseconds(4))
        guard case .gather(let gather, let limit)? = end.last else {
            Issue.record("it does not wait")
            return
        }
        #expect(limit == .milliseconds(3))
        // Seven eighths of 16 start the next commit at once.
        #expect(submit(101...113, to: &machine).isEmpty)
        guard case .publishBatch(_, let writes)? = submit(114...114, to: &machine).first else {
            Issue.record("no batch")
            return
        }
        #expect(writes.count == 14)
        #expect(machine.gatherEnded(gather, at: start).isEmpty)
    }

    /// Submits one write and then `count` more, and ends the first.
    private func firstBatch(of count: Int, _ machine: inout GroupCommit) -> GroupCommit.CommitID? {
        guard let single = commit(of: submit(1...(count + 1), to: &machine).first) else { return nil }
        return commit(of: machine.singleEnded(single, .stored(sequence: 1, isDuplicate: false), at: start).last)
    }

    @Test("it learns from how many writes on a batch takes less time than publishing each")
    func learnsCosts() throws {
        var machine = GroupCommit(smallestBatch: 2)
        var now = start
        for _ in 0..<20 {
            // A single takes 1 ms, a batch of four 10 ms.
            let single = try #require(
                commit(of: machine.submit(GroupCommit.WriteID(1), bytes: 100, goesAlone: false, at: now).first))
            for number in 2...5 {
                _ = machine.submit(GroupCommit.WriteID(number), bytes: 100, goesAlone: false, at: now)
            }
            now += .milliseconds(1)
            let next = machine.singleEnded(single, .stored(sequence: 1, isDuplicate: false), at: now).dropFirst()
            guard case .publishBatch(let batch, _)? = next.first else {
                #expect(next.count == 4)
                return
            }
            now += .milliseconds(10)
            _ = machine.batchEnded(batch, .stored(lastSequence: 5, count: 4), at: now)
        }
        Issue.record("batches of four went on")
    }
}
