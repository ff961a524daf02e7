// The input of tables without rules of their own.

/// The ``TableHandler/Input`` of a table whose functions need nothing of the body:
/// ``TableHandler/validate(_:_:)`` is not called, and the definition alone says what a valid body is. The other functions that
/// the table has are called all the same.
public struct NoInput: Decodable, Sendable {}
