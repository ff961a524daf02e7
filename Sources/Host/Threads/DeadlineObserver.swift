// Who has deadlines.

/// Told about its deadlines, on the clock's thread: must not block.
package protocol DeadlineObserver: AnyObject, Sendable {
    func deadlinePassed(_ token: UInt64)
}
