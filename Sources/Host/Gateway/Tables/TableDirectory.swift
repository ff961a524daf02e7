// Finds tables by name.

/// The tables that are served at this moment.
package protocol TableDirectory: Sendable {
    func table(named name: String) -> (any WritableTable)?
}
