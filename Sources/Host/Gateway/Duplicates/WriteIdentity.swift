// Which operation, on which row, a request is.
package import HTTP
package import Operations

/// The identity of a write: all of it follows from the request, so that a repeated request has the same, whatever
/// happened in between. The body is not looked at, but for the fingerprint.
package struct WriteIdentity: Sendable {
    package let operationID: OperationID
    package let fingerprint: Fingerprint
    package let table: String
    package let entityID: String
    /// 0 to 7.
    package let partition: Int

    /// - Throws: `Problem`, 400, for a key or an id that is missing or malformed.
    package init(_ request: WriteRequest, table: any WritableTable) throws(Problem) {
        let key: IdempotencyKey
        do {
            key = try IdempotencyKey(headerValue: request.idempotencyKey)
        } catch {
            throw Problem(error == .missing ? .keyMissing : .keyInvalid, error.description)
        }
        operationID = key.operationID
        fingerprint = request.fingerprint
        self.table = table.name
        if let given = request.entityID {
            guard let id = table.entityID(given) else {
                throw Problem(
                    .invalidParameter, "The id in the path is no key of table `\(table.name)`.",
                    errors: [
                        FieldError(pointer: "id", code: "format", message: "The id must be a value of the key's type.")
                    ])
            }
            entityID = id
        } else {
            entityID = EntityID.derived(table: table.name, operationID: operationID)
        }
        partition = Partition.of(entityID: entityID)
    }
}
