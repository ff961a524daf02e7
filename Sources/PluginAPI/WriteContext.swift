// What a table's functions are told about a write beside its body.

/// The write that a function is called for.
public struct WriteContext: Sendable {
    /// What it does; never ``WriteOperation/delete`` but in ``TableHandler/write(_:_:in:)``.
    public let operation: WriteOperation
    /// The row's key, as text.
    public let entityID: String
    /// The host's log.
    public let log: HostLog

    /// For tests of a table's functions; a host's calls make their own.
    public init(_ operation: WriteOperation, entityID: String = "", log: HostLog = .silent) {
        self.operation = operation
        self.entityID = entityID
        self.log = log
    }
}
