// The mark of tables without SQL of their own.

/// The ``TableHandler/Statements`` of a table that has no ``TableHandler/write(_:_:in:)``: the host writes its rows.
public struct NoStatements: Sendable {
    init() {}
}
