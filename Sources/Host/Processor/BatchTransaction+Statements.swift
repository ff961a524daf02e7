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
                case .values(let column): values(of: column, rows: rows)
                case .presence(let column): .boolArray(rows.map { $0[column] != .absent })
                }
            })
    }

    private func values(of column: Int, rows: [[ColumnValue]]) -> PostgresValue {
        let isUUID = table.descriptor.columns[column].type == .uuid
        var builder = PostgresArrayBuilder(of: isUUID ? .uuid : .text, count: rows.count)
        for row in rows {
            guard case .text(let text) = row[column] else {
                builder.appendNull()
                continue
            }
            if isUUID {
                guard let id = OperationID(String(decoding: text, as: UTF8.self)) else {
                    builder.appendNull()
                    continue
                }
                id.withBytes { builder.append(UnsafeRawBufferPointer(start: $0, count: 16)) }
            } else {
                builder.append(text)
            }
        }
        return .array(builder)
    }
}
