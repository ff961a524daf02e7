// A status as it is stored and sent.

/// The bytes of an operation's status, written once for everybody who gets them.
package struct EncodedStatus: Sendable {
    package let operationID: OperationID
    /// See `OperationStatus.encoded()`.
    package let bytes: [UInt8]

    package init(_ status: OperationStatus) {
        operationID = status.operationID
        bytes = status.encoded()
    }
}
