// Swift values as PostgreSQL's input text.

/// A value that goes to PostgreSQL: into a derived column, or as a parameter of a statement.
///
/// Values travel as text in PostgreSQL's input format of the column's type, apart from the
/// statement, so they can't change what it does.
public protocol SQLValue: Sendable {
    /// The input text, without NUL; `nil` for NULL.
    var sqlText: String? { get }
}

extension String: SQLValue {
    public var sqlText: String? { self }
}

extension Bool: SQLValue {
    public var sqlText: String? { self ? "t" : "f" }
}

extension Int: SQLValue {
    public var sqlText: String? { String(self) }
}

extension Int64: SQLValue {
    public var sqlText: String? { String(self) }
}

extension Double: SQLValue {
    /// The shortest text that reads back as the same number; `nan` and `inf` are PostgreSQL's words too.
    public var sqlText: String? { description }
}

extension ExactDecimal: SQLValue {
    public var sqlText: String? { description }
}

extension Timestamp: SQLValue {
    public var sqlText: String? { description }
}

extension JSONLiteral: SQLValue {
    /// The JSON text, for a `jsonb` column; ``JSONLiteral/null`` is JSON's null and not SQL's.
    public var sqlText: String? { text }
}

extension Optional: SQLValue where Wrapped: SQLValue {
    public var sqlText: String? { flatMap(\.sqlText) }
}
