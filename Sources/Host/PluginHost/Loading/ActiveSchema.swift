// What all hosts have agreed on for one table.

/// The schema version of a table that is in service.
package struct ActiveSchema: Sendable, Hashable {
    /// New messages carry it, unless a host has an older plugin only.
    package var version: Int
    /// The highest that ever was in service: messages up to it may be in the queue.
    package var highest: Int

    package init(version: Int, highest: Int) {
        self.version = version
        self.highest = highest
    }
}
