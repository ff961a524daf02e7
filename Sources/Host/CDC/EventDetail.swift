// What change events tell of.

/// How much is told of what a transaction did.
package enum EventDetail: Sendable {
    /// Each row that changed, as it is now: for consumers that keep a copy.
    case rows
    /// Each table that changed, once: enough to know what is stale, and a statement that changes a million rows is one
    /// event.
    case tables
}
