// The thread behind an executor.
import Synchronization

/// Runs jobs on one operating-system thread, in the order in which they come, from `start` until `stop()` was called and
/// what came before has run; keeps itself alive meanwhile.
final class JobThread: Sendable {
    private struct Queue {
        var jobs: [UnownedJob] = []
        /// The thread sleeps, or is about to, and must be woken.
        var isAsleep = false
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let wakeUp = Semaphore()

    /// Called once.
    ///
    /// - Parameters:
    ///   - name: shown by `top -H` and debuggers; Linux keeps its first 15 bytes.
    ///   - run: runs a job.
    func start(name: String, _ run: @escaping @Sendable (UnownedJob) -> Void) {
        startThread(named: name) { [self] in work(run) }
    }

    /// - Returns: false after `stop()`: the job is the caller's then.
    func enqueue(_ job: UnownedJob) -> Bool {
        let (isAccepted, mustWake) = queue.withLock { queue in
            guard !queue.isStopped else { return (false, false) }
            queue.jobs.append(job)
            defer { queue.isAsleep = false }
            return (true, queue.isAsleep)
        }
        if mustWake { wakeUp.signal() }
        return isAccepted
    }

    func stop() {
        let mustWake = queue.withLock { queue in
            queue.isStopped = true
            defer { queue.isAsleep = false }
            return queue.isAsleep
        }
        if mustWake { wakeUp.signal() }
    }

    private func work(_ run: (UnownedJob) -> Void) {
        var jobs: [UnownedJob] = []
        while true {
            jobs.removeAll(keepingCapacity: true)
            let isStopped = queue.withLock { queue in
                swap(&queue.jobs, &jobs)
                queue.isAsleep = jobs.isEmpty && !queue.isStopped
                return queue.isStopped
            }
            for job in jobs { run(job) }
            guard jobs.isEmpty else { continue }
            if isStopped { return }
            wakeUp.wait()
        }
    }
}
