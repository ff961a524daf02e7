// Columns that come from the body.

/// A column whose value is a member of the body.
public struct Column: TableElement {
    public let part: TablePart

    /// - Parameters:
    ///   - name: the column in PostgreSQL, and the member in rows that are read.
    ///   - type: its PostgreSQL type.
    ///   - json: the member's name in bodies; the column's name unless given.
    ///   - required: whether a create or upsert must have it.
    ///   - nullable: whether `null` is allowed; unless given, what is not required is.
    ///   - defaultValue: what a create or upsert without it stores.
    ///   - references: the table and column of a foreign key. A row that is written right after the one it
    ///     references then waits for it.
    ///   - schema: what else the value must be; the type says what it is anyway.
    public init(
        _ name: String, _ type: SQLType, json: String? = nil, required: Bool = false, nullable: Bool? = nil,
        default defaultValue: JSONLiteral? = nil, references: (table: String, column: String)? = nil,
        schema: Schema? = nil
    ) {
        var column = JSONText.Object()
        column.add("name", JSONText.quoted(name))
        column.add("type", JSONText.quoted(type.name))
        column.add("json", JSONText.quoted(json ?? name))
        if required { column.add("required", "true") }
        if let nullable { column.add("nullable", nullable ? "true" : "false") }
        column.add("default", defaultValue?.text)
        if let references {
            var target = JSONText.Object()
            target.add("table", JSONText.quoted(references.table))
            target.add("column", JSONText.quoted(references.column))
            column.add("references", target.finished)
        }
        column.add("schema", schema?.json)
        part = TablePart(.column, name, [column.finished])
    }
}
