// The input of tables without rules of their own.

/// The ``TableHandler/Input`` of a table that takes no input: its functions are not called, and the definition alone
/// says what a valid body is.
public struct NoInput: Decodable, Sendable {}
