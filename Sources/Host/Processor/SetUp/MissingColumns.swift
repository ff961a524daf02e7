// A plugin whose columns the database does not have.

/// The table, or a column of it, is not in PostgreSQL. The description is a sentence for the plugin's author and for
/// operators.
struct MissingColumns: Error, CustomStringConvertible {
    let table: String
    /// PostgreSQL's: `column "nick" does not exist`.
    let reason: String
    /// Whether the processor applies migrations itself.
    let migrates: Bool

    var description: String {
        "the table \(table) is not in PostgreSQL as the plugin describes it (\(reason)): its migrations don't make it"
            + (migrates ? ", add one that does" : ", or `jspg migrate` has not run yet")
    }
}
