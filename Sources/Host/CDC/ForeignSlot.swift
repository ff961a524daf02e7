// A slot that is not this database's.

/// The names of slots are the whole server's: one of the same name is used for something else.
struct ForeignSlot: Error, CustomStringConvertible {
    let name: String
    /// `nil`: it is a physical one.
    let database: String?

    var description: String {
        "the replication slot \(name) is \(database.map { "one of the database \($0)" } ?? "a physical one"): "
            + "choose another name by CDC_SLOT"
    }
}
