// An executor for the tasks of one part of a process.

/// A `TaskExecutor` on one dedicated thread. Tasks that hand over to each other there need not wake another thread, which
/// costs more than what they do. Nothing in them may block: all others wait.
///
/// The thread starts in `init`, lives until `stop()` was called and what was enqueued before has run, and keeps the
/// executor alive meanwhile. A job enqueued after `stop()` still runs, on the thread that enqueues it.
package final class ThreadTaskExecutor: TaskExecutor {
    private let thread = JobThread()

    /// - Parameter name: shown by `top -H` and debuggers; Linux keeps its first 15 bytes.
    package init(name: String) {
        thread.start(name: name) { [self] job in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Lets the thread end once everything enqueued so far has run. Does not wait for it.
    package func stop() {
        thread.stop()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if !thread.enqueue(job) { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
