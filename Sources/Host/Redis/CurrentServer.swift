// Which server a process speaks to, where it has several connections.
internal import Synchronization

/// The run of a server to which a connection was opened last. Connections that share this hand out nothing from any
/// other, so that together they are worth as much as one: what one of them said of a server that has been replaced can't
/// contradict what another hears from its successor. Any thread.
package final class CurrentServer: Sendable {
    private let runID = Mutex("")
    /// Counts the changes.
    private let change = Atomic<UInt64>(0)

    package init() {}

    /// A connection was opened, and nothing it said was handed out yet.
    ///
    /// - Returns: what to give to `isCurrent`.
    func opened(runID: String) -> UInt64 {
        self.runID.withLock { current in
            if current == runID { return change.load(ordering: .relaxed) }
            current = runID
            return change.add(1, ordering: .sequentiallyConsistent).newValue
        }
    }

    /// The server said that it is no primary, or not any more: the next connection shows which one is.
    func left() {
        runID.withLock { current in
            current = ""
            change.add(1, ordering: .sequentiallyConsistent)
        }
    }

    /// Whether no connection was opened to another run since, and the server goes on being the primary.
    func isCurrent(_ change: UInt64) -> Bool {
        self.change.load(ordering: .sequentiallyConsistent) == change
    }
}
