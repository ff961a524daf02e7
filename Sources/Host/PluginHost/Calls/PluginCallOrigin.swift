// On whose behalf a plugin is called.
package import Operations

/// The write that a call is for. Noted while the call is under way, so that a crash can be told from the next one.
package struct PluginCallOrigin: Sendable {
    package let operation: OperationID?
    /// Of the request.
    package let fingerprint: Fingerprint?

    package init(operation: OperationID?, fingerprint: Fingerprint?) {
        self.operation = operation
        self.fingerprint = fingerprint
    }

    /// Calls that no client has asked for.
    package static let host = PluginCallOrigin(operation: nil, fingerprint: nil)

    func withBytes<Value>(_ body: (UnsafePointer<UInt8>?, UnsafePointer<UInt8>?) -> Value) -> Value {
        func withOperation(_ fingerprint: UnsafePointer<UInt8>?) -> Value {
            operation.map { $0.withBytes { body($0, fingerprint) } } ?? body(nil, fingerprint)
        }
        guard let fingerprint else { return withOperation(nil) }
        return fingerprint.withBytes { bytes in
            bytes.withMemoryRebound(to: UInt8.self) { withOperation($0.baseAddress) }
        }
    }
}
