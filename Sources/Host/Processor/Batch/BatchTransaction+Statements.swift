// Rows as parameters of a set-based statement.
import Operations
import PluginHost
import Postgres
import Tables

extension BatchTransaction {
    /// The table's statement for one kind of operation, with one array for each of its parameters.
    func rowStatement(_ kind: OperationKind, rows: [[ColumnValue]]) -> PostgresStatement {
        let statement = table.statements[kind]
        return PostgresStatement(
            statement.sql,
            statement.parameters.map { parameter in
                switch parameter {
                case .values(let column):
                    Self.values(of: column, isUUID: table.descriptor.columns[column].type == .uuid, rows: rows)
                case .presence(let column): .boolArray(rows.map { $0[column] != .absent })
                }
            })
    }

    /// A column's values as an array of UUIDs, or of texts for every other type.
    static func values(of column: Int, isUUID: Bool, rows: [[ColumnValue]]) -> PostgresValue {
        if isUUID, let uuids = uuids(of: column, rows: rows) { return .array(uuids) }
        var builder = PostgresArrayBuilder(of: .text, count: rows.count)
        for row in rows {
            if case .text(let text) = row[column] { builder.append(text) } else { builder.appendNull() }
        }
        return .array(builder)
    }

    /// `nil` where a text is no UUID as the hosts write them. Nobody has checked it then, and the statement, which casts
    /// texts as well, has PostgreSQL judge it.
    private static func uuids(of column: Int, rows: [[ColumnValue]]) -> PostgresArrayBuilder? {
        var builder = PostgresArrayBuilder(of: .uuid, count: rows.count)
        for row in rows {
            guard case .text(let text) = row[column] else {
                builder.appendNull()
                continue
            }
            guard let id = OperationID(String(decoding: text, as: UTF8.self)) else { return nil }
            id.withBytes { builder.append(UnsafeRawBufferPointer(start: $0, count: 16)) }
        }
        return builder
    }
}
