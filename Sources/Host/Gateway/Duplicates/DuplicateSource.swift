// Where duplicates are looked up.

/// Reads the first message of an operation. The gateway's is JetStream; tests have others.
package protocol DuplicateSource: Sendable {
    /// - Parameter sequence: the one that JetStream gave with the duplicate.
    func find(_ write: WriteIdentity, sequence: UInt64) async -> DuplicateFinding
}
