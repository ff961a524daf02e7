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
        let key = TableStatements.quoted(descriptor.key.name)
        return TableQuery(
            sql: """
                SELECT \(RowRendering.expression(Array(descriptor.columns.indices), of: descriptor)) \
                FROM \(TableStatements.quoted(descriptor.name)) AS t WHERE t.\(key) = $1::\(descriptor.key.type.sql)
                """,
            parameters: [entityID], cacheKey: "row:\(entityID)")
    }
}
