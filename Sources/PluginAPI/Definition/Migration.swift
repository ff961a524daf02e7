// SQL that makes the table.

/// A step in the table's history. A host runs it once, in a transaction, and remembers its checksum:
/// a step that has been released must not change any more.
public struct Migration: TableElement {
    public let part: TablePart

    /// - Parameters:
    ///   - version: 1, 2, 3, …: the order in which steps run.
    ///   - name: a few words for logs.
    ///   - sql: one or more statements. They only add: an older version of the plugin may still run.
    public init(_ version: Int, _ name: String, _ sql: String) {
        var migration = JSONText.Object()
        migration.add("version", String(version))
        migration.add("name", JSONText.quoted(name))
        migration.add("sql", JSONText.quoted(sql))
        part = TablePart(.migrations, "", [migration.finished])
    }
}
