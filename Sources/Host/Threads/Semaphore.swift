// A counting semaphore for threads that wait for work.
import Glibc

/// POSIX `sem_t` (sem_overview(7)). `wait()` blocks the thread: never call it from async code.
package final class Semaphore: @unchecked Sendable {
    // Unchecked: `sem_t` is made to be used from many threads; the pointer never changes.
    private let handle: UnsafeMutablePointer<sem_t>

    package init(value: UInt32 = 0) {
        handle = .allocate(capacity: 1)
        let result = sem_init(handle, 0, value)
        precondition(result == 0, "sem_init failed: the value is above SEM_VALUE_MAX")
    }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    /// Adds one. May be called from any thread, also from a signal handler.
    package func signal() {
        sem_post(handle)
    }

    /// Takes one, waiting until there is one.
    package func wait() {
        while sem_wait(handle) != 0 && errno == EINTR {}
    }

    /// Takes one, waiting until there is one, but no longer than `nanoseconds`. The wait is on the wall clock
    /// (sem_timedwait(3)), so it is longer or shorter where that clock is set meanwhile: keep it short and look again.
    ///
    /// - Returns: whether one was taken.
    package func wait(atMost nanoseconds: UInt64) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        let total = UInt64(deadline.tv_nsec) + nanoseconds
        deadline.tv_sec += Int(total / 1_000_000_000)
        deadline.tv_nsec = Int(total % 1_000_000_000)
        while sem_timedwait(handle, &deadline) != 0 {
            if errno != EINTR { return false }
        }
        return true
    }
}
