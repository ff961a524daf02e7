// What an author writes: one type for each table.

/// A table that a plugin brings to the hosts.
///
/// Only ``table`` must be written. What the definition can't say, functions add, each optional. A table without them costs no
/// call; one with an ``Input`` has each body decoded in the gateway, see ``validate(_:_:)``.
///
/// ```swift
/// struct Users: TableHandler {
///     static let table = TableDefinition("users") {
///         Key("user_id", .uuid)
///         Column("name", .text, required: true, schema: .string(minLength: 1))
///         Operations(.create, .update, .upsert, .delete)
///         Migration(1, "create users", "CREATE TABLE users (…)")
///     }
/// }
/// ```
///
/// Hosts make one value of the type for each generation of the plugin and call it from any
/// thread, any number of calls at once. A function must not wait for anything but its own
/// ``Transaction``, and must not trap: both take the host with them.
public protocol TableHandler: Sendable {
    /// The part of a body that the functions need; inferred from their first parameter.
    ///
    /// A `PATCH` may leave out members, so those that the rules need are optional here when the table allows
    /// updates. Members that are not declared are ignored: the host has checked them already.
    associatedtype Input: Decodable & Sendable = NoInput

    /// Inferred: `Void` where ``write(_:_:in:)`` is written, ``NoStatements`` otherwise.
    associatedtype Statements = NoStatements

    /// What the table is: columns, operations, filters, order, migrations.
    static var table: TableDefinition { get }

    /// Makes the value that hosts call, once for each generation of the plugin.
    init()

    /// Checks what the definition can't say, in the gateway, before the write is accepted.
    ///
    /// The body is valid by the definition. Not called for ``WriteOperation/delete``.
    ///
    /// Hosts call it wherever ``Input`` is not ``NoInput``, whether it is written or not, so that a body which can't be decoded
    /// as an ``Input`` is refused before it is stored, with the place of the member at fault, and not found out by
    /// ``prepare(_:_:into:)`` or ``write(_:_:in:)`` after it was accepted. So ``Input`` is a rule of its own: what it requires,
    /// every create, upsert and update must have.
    ///
    /// - Throws: why the request is wrong; the client gets every reason, and nothing is stored.
    func validate(_ input: Input, _ write: WriteContext) throws(WriteRejection)

    /// Sets the table's derived columns, in the processor. Called where the definition has a
    /// ``DerivedColumn`` that no ``Derive`` computes; not for ``WriteOperation/delete``.
    ///
    /// - Throws: the operation ends `failed` with these reasons.
    func prepare(_ input: Input, _ write: WriteContext, into row: borrowing DerivedRow) throws(WriteRejection)

    /// Writes with SQL of its own, in the place of the statement that the host generates.
    ///
    /// - Parameters:
    ///   - input: `nil` for ``WriteOperation/delete``.
    ///   - transaction: the batch's transaction, which the host commits.
    /// - Throws: the operation ends `failed` with these reasons, and its statements are undone.
    func write(
        _ input: Input?, _ write: WriteContext, in transaction: borrowing Transaction
    ) throws(WriteRejection) -> Statements

    /// Brings the body of a write that an older version of the table queued to the definition's version.
    /// Called where ``TableDefinition/version`` is above 1; not for ``WriteOperation/delete``. Without it such a body is taken
    /// as it is.
    ///
    /// - Throws: the operation ends `failed` with these reasons.
    func upgrade(
        _ body: inout QueuedBody, from version: Int, _ operation: WriteOperation
    ) throws(WriteRejection)

    /// The author's own check, run in a process of its own before any host loads the file.
    ///
    /// - Throws: the file is refused with these reasons.
    func selfTest() throws(WriteRejection)
}

extension TableHandler {
    public func validate(_ input: Input, _ write: WriteContext) throws(WriteRejection) {}

    public func prepare(_ input: Input, _ write: WriteContext, into row: borrowing DerivedRow) throws(WriteRejection) {
        throw .failure("The table has a derived column, and neither prepare() nor a typed function that sets it.")
    }

    public func upgrade(
        _ body: inout QueuedBody, from version: Int, _ operation: WriteOperation
    ) throws(WriteRejection) {}

    public func selfTest() throws(WriteRejection) {}
}

extension TableHandler where Statements == NoStatements {
    public func write(
        _ input: Input?, _ write: WriteContext, in transaction: borrowing Transaction
    ) throws(WriteRejection) -> NoStatements {
        NoStatements()
    }
}
