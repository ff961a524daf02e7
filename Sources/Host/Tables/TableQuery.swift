// A statement that reads a table.

/// SQL with its parameters, all of them text that the statement casts, and the name under which its result is cached.
package struct TableQuery: Sendable, Equatable {
    package let sql: String
    package let parameters: [String]
    /// The same for requests that mean the same.
    package let cacheKey: String

    /// One row by its key. Its one column is the row's JSON.
    ///
    /// - Parameter entityID: normalized.
    package static func row(_ entityID: String, of descriptor: TableDescriptor) -> TableQuery {
        TableQuery(
            sql: descriptor.row.sql, parameters: [entityID], cacheKey: "row:\(descriptor.row.digest):\(entityID)")
    }
}
