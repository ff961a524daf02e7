// A serial executor on one operating-system thread, for actors that call blocking C libraries.

/// A `SerialExecutor` whose jobs run on one dedicated thread, in the order in which they were enqueued.
///
/// An actor that returns it from `unownedExecutor` may block in C (libpq, libnats, `dlopen`):
/// only its own thread waits, never Swift's cooperative pool or an event loop.
///
/// The thread starts in `init`, lives until `stop()` was called and what was enqueued before has run, and
/// keeps the executor alive meanwhile. A job enqueued after `stop()` still runs, on the thread that
/// enqueues it, so that no continuation is ever lost.
package final class ThreadExecutor: SerialExecutor {
    private let thread = JobThread()

    /// - Parameter name: shown by `top -H` and debuggers; Linux keeps its first 15 bytes.
    package init(name: String) {
        thread.start(name: name) { [self] job in job.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    /// Lets the thread end once everything enqueued so far has run. Does not wait for it.
    package func stop() {
        thread.stop()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if !thread.enqueue(job) { job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
}

extension ThreadExecutor {
    /// Runs `body`, which may block, on this thread and suspends the caller until it returned.
    package func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await BlockingCalls(executor: self).run(body)
    }
}

/// The actor through which closures get onto a `ThreadExecutor`.
private actor BlockingCalls {
    private let executor: ThreadExecutor

    init(executor: ThreadExecutor) {
        self.executor = executor
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func run<Value: Sendable>(_ body: @Sendable () throws -> Value) throws -> Value {
        try body()
    }
}
