// Finds tables by name.

/// The tables that are served at this moment.
package protocol TableDirectory: Sendable {
    func table(named name: String) -> (any WritableTable)?

    /// Whether a table that is not found may be one of a plugin that could not be loaded.
    var mayLackTables: Bool { get }
}
