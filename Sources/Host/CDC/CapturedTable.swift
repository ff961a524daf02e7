// A table of the publication.

/// A table whose changes are captured, and what of it is.
struct CapturedTable: Equatable, Sendable {
    let schema: String
    let name: String
    /// The columns that the publication has of it, as PostgreSQL writes an array.
    let columns: String
    /// The condition, SQL, that the rows meet which the publication has of it; `nil`: all.
    let rowFilter: String?
}
