// The SQL that writes a table's rows, generated once for each generation of its plugin.
package import Operations

/// Set-based statements: each takes arrays, one element for each row, and runs as one statement whatever their number.
///
/// Values are parameters always. Identifiers come from a checked descriptor and are quoted.
package struct TableStatements: Sendable {
    /// What a parameter of a statement is filled with, in the order `$1`, `$2`, ….
    package enum Parameter: Sendable, Equatable {
        /// `uuid[]` for a uuid column, `text[]` for every other: the rows' values of the column (index in `columns`).
        case values(column: Int)
        /// `bool[]`: whether the row has a value for the column (index in `columns`).
        case presence(column: Int)
    }

    package struct Statement: Sendable, Equatable {
        package let sql: String
        package let parameters: [Parameter]
    }

    package let create: Statement
    /// PostgreSQL refuses a statement that would change the same row twice, so a key may occur once.
    package let upsert: Statement
    /// Returns the key of each row that was there, as text. A key may occur once.
    package let update: Statement
    /// Returns the key of each row that was there, as text.
    package let delete: Statement
    /// Reads no row; PostgreSQL refuses it where the table or one of its columns does not exist.
    package let presence: String

    package init(_ descriptor: TableDescriptor) {
        let table = Self.quoted(descriptor.name)
        let key = Self.quoted(descriptor.key.name)
        let written = descriptor.columns.indices.filter {
            descriptor.columns[$0].source != .database || $0 == descriptor.keyIndex
        }
        let changed = written.filter { $0 != descriptor.keyIndex }

        func array(_ column: Int) -> String { descriptor.columns[column].type == .uuid ? "uuid[]" : "text[]" }
        func name(_ column: Int) -> String { Self.quoted(descriptor.columns[column].name) }
        func value(_ column: Int) -> String {
            let type = descriptor.columns[column].type
            return type == .uuid || type == .text ? "batch.\(name(column))" : "batch.\(name(column))::\(type.sql)"
        }

        let names = written.map(name).joined(separator: ", ")
        let insert = """
            INSERT INTO \(table) (\(names)) SELECT \(written.map(value).joined(separator: ", ")) \
            FROM unnest(\(written.enumerated().map { "$\($0 + 1)::\(array($1))" }.joined(separator: ", "))) \
            AS batch (\(names))
            """
        let values = written.map { Parameter.values(column: $0) }
        create = Statement(sql: insert, parameters: values)
        let assignments = changed.map { "\(name($0)) = EXCLUDED.\(name($0))" }
        let resolution = assignments.isEmpty ? "DO NOTHING" : "DO UPDATE SET \(assignments.joined(separator: ", "))"
        upsert = Statement(sql: "\(insert) ON CONFLICT (\(key)) \(resolution)", parameters: values)

        var parameters: [Parameter] = [.values(column: descriptor.keyIndex)]
        var arrays = ["$1::\(array(descriptor.keyIndex))"]
        var columns = [key]
        var changes: [String] = []
        for column in changed {
            parameters += [.values(column: column), .presence(column: column)]
            arrays += ["$\(parameters.count - 1)::\(array(column))", "$\(parameters.count)::bool[]"]
            // No column has a space in its name.
            let presence = Self.quoted("has \(column)")
            columns += [name(column), presence]
            changes.append(
                "\(name(column)) = CASE WHEN batch.\(presence) THEN \(value(column)) ELSE target.\(name(column)) END")
        }
        let batch = "unnest(\(arrays.joined(separator: ", "))) AS batch (\(columns.joined(separator: ", ")))"
        update = Statement(
            sql: changes.isEmpty
                ? "SELECT target.\(key)::text FROM \(table) AS target JOIN \(batch) ON target.\(key) = batch.\(key)"
                : """
                UPDATE \(table) AS target SET \(changes.joined(separator: ", ")) FROM \(batch) \
                WHERE target.\(key) = batch.\(key) RETURNING target.\(key)::text
                """,
            parameters: parameters)
        delete = Statement(
            sql: """
                DELETE FROM \(table) AS target USING unnest($1::\(array(descriptor.keyIndex))) AS batch (\(key)) \
                WHERE target.\(key) = batch.\(key) RETURNING target.\(key)::text
                """,
            parameters: [.values(column: descriptor.keyIndex)])
        // A name in the place of a column that is missing would mean the whole row, if it were the table's; no column has a
        // space in its name.
        presence = """
            SELECT \(descriptor.columns.indices.map(name).joined(separator: ", ")) FROM \(table) \
            AS \(Self.quoted("the table")) LIMIT 0
            """
    }

    package subscript(kind: OperationKind) -> Statement {
        switch kind {
        case .create: create
        case .upsert: upsert
        case .update: update
        case .delete: delete
        }
    }

    /// An identifier in double quotes. Descriptors allow no character that would need more.
    static func quoted(_ identifier: String) -> String {
        "\"\(identifier)\""
    }
}
