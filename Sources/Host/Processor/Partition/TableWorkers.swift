// The workers of every table that is loaded.
import JetStream
import Logging
import Operations
import PluginHost
import Postgres
import Streams
import Synchronization
import Tables
import Telemetry

/// Runs one worker for each partition of each table, and one for the plain subject of the old system. Tables that a
/// reload brings get theirs; the workers of a table that is gone go on with its last generation, so that what is
/// queued is not lost.
final class TableWorkers: Sendable {
    /// How long one table's migrations may hold up the set-up of the next one.
    private static let patience = Duration.seconds(5)

    private struct State {
        var signals: [WorkerName: WorkerSignal] = [:]
        var isStopped = false
    }

    private let context: ProcessorContext
    private let setUp: TableSetUp
    private let state = Mutex(State())
    private let reloads: AsyncStream<Void>
    private let reload: AsyncStream<Void>.Continuation

    init(context: ProcessorContext, setUp: TableSetUp) {
        self.context = context
        self.setUp = setUp
        (reloads, reload) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        reload.yield()
    }

    /// The loaded tables may have changed.
    func tablesChanged() {
        reload.yield()
    }

    /// NATS was away: every worker catches up before it goes on.
    func reconnected() {
        for signal in state.withLock({ Array($0.signals.values) }) { signal.send(.reconnected) }
    }

    /// Somebody else's deliveries of this partition stand still.
    ///
    /// - Returns: false where this processor has no worker for it, or that worker is in the middle of a batch.
    func nudge(_ name: WorkerName) -> Bool {
        guard let signal = state.withLock({ $0.signals[name] }), !signal.isBusy else { return false }
        signal.send(.nudge)
        return true
    }

    /// Ends every worker after what it has in hand. `run()` returns then.
    func stop() {
        let signals = state.withLock { state in
            state.isStopped = true
            return Array(state.signals.values)
        }
        for signal in signals { signal.send(.stop) }
        context.availability.stop()
        reload.finish()
    }

    /// Runs until `stop()` was called and every worker has ended.
    func run() async {
        await withDiscardingTaskGroup { group in
            var started: Set<String> = []
            var triedAgain: [String: LoadedTable] = [:]
            for await _ in reloads {
                // A table's migration may refer to its parents' tables, so those are set up first.
                for descriptor in context.plugins.tables.all.map(\.descriptor).parentsFirst {
                    let name = descriptor.name
                    guard let table = context.plugins.tables.table(name),
                        context.ready.table(name).map({ $0 !== table }) ?? !started.contains(name),
                        triedAgain[name] !== table
                    else { continue }
                    // Until a new generation is set up, the one before it goes on.
                    let isFirst = started.insert(name).inserted
                    if !isFirst { triedAgain[name] = table }
                    let attempt = AsyncStream.makeStream(of: Void.self)
                    group.addTask {
                        let isSetUp = await self.trySetUp(table)
                        attempt.continuation.finish()
                        if isFirst {
                            await self.work(table, isSetUp: isSetUp)
                        } else if !isSetUp {
                            await self.setUpAgain(table)
                        }
                    }
                    await Self.end(of: attempt.stream, within: Self.patience)
                }
            }
        }
    }

    /// Returns when the stream has ended, or after `limit`.
    private static func end(of stream: AsyncStream<Void>, within limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in stream {}
            }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Tries once, so that a table that can't be set up holds up no other.
    private func trySetUp(_ table: LoadedTable) async -> Bool {
        do {
            try await perform(table)
            return true
        } catch is CancellationError where state.withLock(\.isStopped) {
            return false
        } catch {
            let reason = "\(error)"
            context.logger.error(
                "a table could not be set up; it is tried again",
                metadata: [LogKey.error: "\(reason)", LogKey.table: "\(table.descriptor.name)"])
            await context.plugins.note(.failed(reason: reason), settingUp: table)
            return false
        }
    }

    private func perform(_ table: LoadedTable) async throws {
        var isWaiting = false
        while true {
            do {
                try await setUp.run(table)
                break
            } catch MigrationError.busy {
                if !isWaiting {
                    context.logger.notice(
                        "a table waits: another host applies migrations",
                        metadata: [LogKey.table: "\(table.descriptor.name)"])
                }
                isWaiting = true
                if state.withLock(\.isStopped) { throw CancellationError() }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
        context.ready.put(table)
        await context.plugins.note(.done, settingUp: table)
    }

    /// Until it works, or a newer generation has come.
    private func setUpAgain(_ table: LoadedTable) async {
        let name = table.descriptor.name
        _ = await retrying("setting up the table \(name)") {
            guard self.context.plugins.tables.table(name) === table else { return }
            try await self.perform(table)
        }
    }

    private func work(_ table: LoadedTable, isSetUp: Bool) async {
        let name = table.descriptor.name
        if !isSetUp {
            let isDone = await retrying("setting up the table \(name)") {
                // The newest there is: a plugin that can't be set up is mended by another generation of it.
                let newest = self.context.plugins.tables.table(name) ?? table
                try await self.perform(newest)
            }
            guard isDone else { return }
            // One that came meanwhile was passed over.
            tablesChanged()
        }
        await withDiscardingTaskGroup { group in
            for partition in [Partition.plainSubject] + Array(0..<Partition.count) {
                guard let signal = signal(for: WorkerName(table: name, partition: partition)) else { return }
                let worker = PartitionWorker(table: table, partition: partition, context: context, signal: signal)
                group.addTask {
                    _ = await self.retrying("partition \(partition) of \(name)") {
                        do {
                            try await worker.run()
                        } catch  where Self.lacksSetUp(error) {
                            // Somebody removed the consumer or the row.
                            try await self.setUp.run(self.context.ready.table(name) ?? table)
                            throw error
                        }
                    }
                }
            }
        }
    }

    private static func lacksSetUp(_ error: any Error) -> Bool {
        error is BatchTransaction.StalePosition || (error as? JetStreamError)?.kind == .notFound
    }

    private func signal(for name: WorkerName) -> WorkerSignal? {
        state.withLock { state in
            guard !state.isStopped else { return nil }
            let signal = WorkerSignal()
            state.signals[name] = signal
            return signal
        }
    }

    /// Repeats `body` until it returns, at the pace of `RestartBackoff`.
    ///
    /// - Returns: false where the processor stops before that.
    private func retrying(_ what: String, _ body: @Sendable () async throws -> Void) async -> Bool {
        var pace = RestartBackoff()
        while !state.withLock(\.isStopped) && !Task.isCancelled {
            let start = ContinuousClock.now
            do {
                try await body()
                return true
            } catch is CancellationError where state.withLock(\.isStopped) {
                return false
            } catch {
                if pace.fail(after: ContinuousClock.now - start) {
                    context.logger.error(
                        "a worker failed and is started again",
                        metadata: [LogKey.error: "\(error)", "worker": "\(what)", "failures": "\(pace.failures)"])
                }
                try? await Task.sleep(for: pace.delay)
            }
        }
        return false
    }
}
