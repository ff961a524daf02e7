// Drives group commit: carries out what the state machine asks for.
package import JetStream
import Synchronization

/// Stores messages by group commit and tells each write's outcome. Any thread; nothing blocks.
package final class WriteCommitter: Sendable {
    package typealias Completion = @Sendable (CommitOutcome) -> Void

    private struct Pending {
        let message: NATSMessage
        let completion: Completion
    }

    private struct State {
        var commits: GroupCommit
        var pending: [GroupCommit.WriteID: Pending] = [:]
        var lastWrite = 0
    }

    /// What is to be done once the lock is released.
    private struct Work {
        var singles: [(commit: GroupCommit.CommitID, message: NATSMessage)] = []
        var batches: [(commit: GroupCommit.CommitID, messages: [NATSMessage])] = []
        var finished: [(completion: Completion, outcome: CommitOutcome)] = []
        var gather: (id: GroupCommit.GatherID, time: Duration)?
    }

    private let state: Mutex<State>
    private let publisher: any WritePublisher
    private let metrics: GatewayMetrics
    private let schedule: @Sendable (Duration, @escaping @Sendable () -> Void) -> Void

    /// - Parameter schedule: calls its argument once after that time, on any thread.
    package init(
        _ commits: GroupCommit, publisher: any WritePublisher, metrics: GatewayMetrics,
        schedule: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> Void
    ) {
        self.schedule = schedule
        state = Mutex(State(commits: commits))
        self.publisher = publisher
        self.metrics = metrics
    }

    /// Stores a message.
    ///
    /// - Parameters:
    ///   - goesAlone: its id may be stored already.
    ///   - completion: called exactly once, on any thread, also before this returns; must not block.
    package func store(_ message: NATSMessage, goesAlone: Bool, completion: @escaping Completion) {
        let work = state.withLock { state in
            state.lastWrite += 1
            let write = GroupCommit.WriteID(state.lastWrite)
            state.pending[write] = Pending(message: message, completion: completion)
            let actions = state.commits.submit(write, bytes: message.payload.count, goesAlone: goesAlone, at: .now)
            return Self.work(for: actions, &state)
        }
        perform(work)
    }

    /// The connection is to another server, or to one that was restarted.
    package func serverChanged() {
        state.withLock { $0.commits.serverChanged() }
    }

    private static func work(for actions: [GroupCommit.Action], _ state: inout State) -> Work {
        var work = Work()
        for action in actions {
            switch action {
            case .publish(let commit, let write):
                guard let pending = state.pending[write] else { continue }
                work.singles.append((commit, pending.message))
            case .publishBatch(let commit, let writes):
                work.batches.append((commit, writes.compactMap { state.pending[$0]?.message }))
            case .finish(let write, let outcome):
                guard let pending = state.pending.removeValue(forKey: write) else { continue }
                work.finished.append((pending.completion, outcome))
            case .gather(let id, let time):
                work.gather = (id, time)
            }
        }
        return work
    }

    private func perform(_ work: Work) {
        if !work.singles.isEmpty {
            metrics.commits(singles: work.singles.count)
            let commits = work.singles.map(\.commit)
            publisher.publish(work.singles.map(\.message)) { [self] index, answer in
                perform(
                    state.withLock { Self.work(for: $0.commits.singleEnded(commits[index], answer, at: .now), &$0) })
            }
        }
        for (commit, messages) in work.batches {
            let started = ContinuousClock.now
            publisher.publishBatch(messages) { [self] answer in
                metrics.committedBatch(messages.count, answer: answer, took: .now - started)
                perform(state.withLock { Self.work(for: $0.commits.batchEnded(commit, answer, at: .now), &$0) })
            }
        }
        if let gather = work.gather {
            schedule(gather.time) { [self] in
                perform(state.withLock { Self.work(for: $0.commits.gatherEnded(gather.id, at: .now), &$0) })
            }
        }
        for (completion, outcome) in work.finished { completion(outcome) }
    }
}
