// What the gateway has to know of a table.
package import HTTP
package import JSON
package import Operations

/// A table that takes writes: a loaded plugin's, or a test's.
package protocol WritableTable: Sendable {
    var name: String { get }
    /// The version that new messages carry.
    var schemaVersion: Int { get }
    var operations: Set<OperationKind> { get }

    /// Why the table takes no writes for now; `nil` where it does.
    var refusal: Problem? { get }

    /// The id as the table's key has it (a UUID in lower case); `nil` where it can't be one.
    func entityID(_ text: String) -> String?

    /// Everything that is wrong with a body: what the descriptor declares first, then, where that is fine, what the
    /// plugin says. Empty: it is valid.
    ///
    /// - Throws: `Problem` where the plugin can't say.
    func faults(
        kind: OperationKind, identity: WriteIdentity, body: JSONValue, bytes: [UInt8]
    ) throws(Problem) -> [FieldError]
}
