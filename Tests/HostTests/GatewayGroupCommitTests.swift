// Group commit: single while idle, batches while a commit is under way, every write ends once.
import Gateway
import Testing

@Suite("Group commit")
struct GatewayGroupCommitTests {
    private func commit(of action: GroupCommit.Action?) -> GroupCommit.CommitID? {
        switch action {
        case .publish(let commit, _)?, .publishBatch(let commit, _)?: commit
        default: nil
        }
    }

    private func submit(_ numbers: ClosedRange<Int>, to machine: inout GroupCommit) -> [GroupCommit.Action] {
        numbers.flatMap { machine.submit(GroupCommit.WriteID($0), bytes: 100, goesAlone: false) }
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

        let next = machine.singleEnded(single, .stored(sequence: 7, isDuplicate: false))
        #expect(
            next.first == .finish(write, .stored(sequence: 7, isDuplicate: false, mayBeOwn: false)))
        guard case .publishBatch(let batch, let writes)? = next.last else {
            Issue.record("no batch")
            return
        }
        #expect(writes.map(\.number) == [2, 3, 4])

        let end = machine.batchEnded(batch, .stored(lastSequence: 10, count: 3))
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
        let batch = try #require(commit(of: machine.singleEnded(single, .refused(.streamFull)).last))
        let singles = machine.batchEnded(batch, .refused)
        #expect(singles.count == 2)
        let second = try #require(commit(of: singles.first))
        #expect(
            machine.singleEnded(second, .stored(sequence: 3, isDuplicate: true))
                == [.finish(GroupCommit.WriteID(2), .stored(sequence: 3, isDuplicate: true, mayBeOwn: false))])
    }

    @Test("after a batch without an answer a duplicate may be the write's own message, and a refusal proves nothing")
    func lostBatch() throws {
        var machine = GroupCommit()
        let single = try #require(commit(of: submit(1...3, to: &machine).first))
        let batch = try #require(
            commit(of: machine.singleEnded(single, .stored(sequence: 1, isDuplicate: false)).last))
        let singles = machine.batchEnded(batch, .unknown)
        let second = try #require(commit(of: singles.first))
        let third = try #require(commit(of: singles.last))
        #expect(
            machine.singleEnded(second, .stored(sequence: 2, isDuplicate: true))
                == [.finish(GroupCommit.WriteID(2), .stored(sequence: 2, isDuplicate: true, mayBeOwn: true))])
        guard case .finish(_, .unknown)? = machine.singleEnded(third, .refused(.streamFull)).first else {
            Issue.record("a refusal was believed")
            return
        }
        // The answer that was lost comes after all.
        #expect(machine.batchEnded(batch, .stored(lastSequence: 3, count: 2)).isEmpty)
    }

    @Test("a write whose id may be stored goes by itself, past the one under way")
    func goesAlone() {
        var machine = GroupCommit()
        #expect(submit(1...1, to: &machine).count == 1)
        let actions = machine.submit(GroupCommit.WriteID(2), bytes: 100, goesAlone: true)
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
        let actions = machine.singleEnded(single, .stored(sequence: 1, isDuplicate: false))
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
            commit(of: machine.singleEnded(single, .stored(sequence: 1, isDuplicate: false)).last))
        #expect(machine.batchEnded(batch, .unsupported).count == 2)
        #expect(submit(4...6, to: &machine).count == 3)
        machine.serverChanged()
        #expect(machine.usesBatches)
    }
}
