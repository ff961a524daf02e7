// The values of a row on their way to PostgreSQL.
package import JSON
package import Operations

/// A column's value in the row that an operation writes.
package enum ColumnValue: Sendable, Equatable {
    /// The operation does not touch the column.
    case absent
    case null
    /// PostgreSQL's input text of the column's type, UTF-8.
    case text([UInt8])
}

extension TableDescriptor {
    /// The row that a body stands for: one value for each column. Numbers keep the text in which they were sent.
    ///
    /// - Parameters:
    ///   - body: validated; `nil` for a delete.
    ///   - entityID: normalized.
    package func rowValues(kind: OperationKind, entityID: String, body: JSONValue?) -> [ColumnValue] {
        columns.enumerated().map { index, column in
            if index == keyIndex { return .text(Array(entityID.utf8)) }
            guard let body, let name = column.jsonName else { return .absent }
            if let value = body[name] { return Self.columnValue(value, column.type) }
            // An update leaves alone what it does not name; everything else writes the whole row.
            if kind == .update { return .absent }
            return column.defaultValue.map { Self.columnValue($0, column.type) } ?? .null
        }
    }

    private static func columnValue(_ value: JSONValue, _ type: ColumnType) -> ColumnValue {
        switch value.kind {
        // The column's NULL, not the JSON null that jsonb could hold as well: absent and null are the same.
        case .null: return .null
        case _ where type == .jsonb: return .text(Array(value.source))
        case .string: return .text(Array(value.utf8 ?? []))
        // `1.0` and `1e2` are integers in JSON, and not in PostgreSQL's input.
        case .number where type.integerRange != nil: return .text(Array(String(value.int64 ?? 0).utf8))
        default: return .text(Array(value.source))
        }
    }
}
