// The lines of a definition.

/// A line of a ``TableDefinition``: ``Key``, ``Column``, ``Filter``, ``Migration``, …
public protocol TableElement: Sendable {
    /// The line in the descriptor's terms.
    var part: TablePart { get }
}
