// Ctrl-C, SIGTERM, and a terminal that is closed.
import UnixSignals

enum StopSignals {
    /// Runs `body` until it returns or the process is asked to stop; then `stop` runs, `body` is cancelled, and both are
    /// waited for.
    ///
    /// - Returns: whether a signal ended it.
    static func runUntilSignal(
        _ body: @escaping @Sendable () async -> Void, stop: @escaping @Sendable () async -> Void
    ) async -> Bool {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await body()
                return false
            }
            group.addTask {
                for await _ in signals { return true }
                return false
            }
            let isStopped = await group.next() ?? false
            group.cancelAll()
            // `body` may wait for something that only ends when it is stopped.
            if isStopped { await stop() }
            return isStopped
        }
    }
}
