// What a column is.
package import JSON

/// One column of a table.
package struct ColumnDescriptor: Sendable {
    package enum Source: String, Sendable {
        /// From the request's body.
        case input
        /// Set by the plugin: by `prepare` or by a typed function.
        case derived
        /// Set by the database's default; a host never writes it.
        case database
    }

    package struct Reference: Sendable, Hashable {
        package let table: String
        package let column: String
    }

    /// The column's name in PostgreSQL and in the JSON of reads.
    package let name: String
    package let type: ColumnType
    package let source: Source
    /// The member's name in request bodies; `nil` for the key and for columns that no body has.
    package let jsonName: String?
    package let isRequired: Bool
    package let isNullable: Bool
    /// JSON that stands in for an absent member on create and upsert.
    package let defaultValue: JSONValue?
    /// The row of another table that the value names.
    package let references: Reference?
    /// The `schema` as the plugin wrote it.
    package let schema: JSONValue?
    let rule: SchemaRule
}
