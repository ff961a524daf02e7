// An operation that is ready for its batch's transaction.
import Operations
import Tables

/// A decoded message: either with the row that it writes, or with the reason why it fails.
struct PreparedOperation: Sendable {
    var operationID: OperationID
    var kind: OperationKind
    var entityID: String
    var streamSequence: UInt64
    /// Of the request; absent in messages of the old system.
    var fingerprint: Fingerprint?
    /// When the gateway accepted it.
    var queuedAt: Timestamp
    /// One for each column of the descriptor; empty for a delete.
    var row: [ColumnValue]
    /// As the plugin's `write` gets it; empty where the host writes the rows.
    var body: [UInt8] = []
    /// Set where decoding, `upgrade`, validation or `prepare` failed: the operation is recorded as failed.
    var error: OperationError?

    init(
        operationID: OperationID, kind: OperationKind, entityID: String, streamSequence: UInt64,
        fingerprint: Fingerprint?, queuedAt: Timestamp, row: [ColumnValue], error: OperationError? = nil
    ) {
        self.operationID = operationID
        self.kind = kind
        // PostgreSQL's text has no NUL. Such an id is no key of anything, so the operation can only be recorded as failed.
        self.entityID = entityID.withoutNUL
        self.streamSequence = streamSequence
        self.fingerprint = fingerprint
        self.queuedAt = queuedAt
        self.row = row
        self.error = error
    }

    /// An operation that can only be recorded as failed; `nil` where the message does not even name one.
    init?(failed error: EnvelopeError, streamSequence: UInt64, now: Timestamp) {
        guard let operationID = error.operationID else { return nil }
        self.init(
            operationID: operationID, kind: .create, entityID: error.entityID ?? "", streamSequence: streamSequence,
            fingerprint: nil, queuedAt: now, row: [],
            error: OperationError(code: error.code, message: error.description, status: 400))
    }

    /// An operation that is recorded as failed without a look at its body; `nil` where the message names none. Where the
    /// message can't be decoded the reason for that is recorded.
    init?(givenUp message: WriteMessage, error: OperationError, now: Timestamp) {
        switch message.envelope {
        case .success(let envelope):
            self.init(
                operationID: envelope.operationID, kind: envelope.kind, entityID: envelope.entityID,
                streamSequence: message.streamSequence, fingerprint: message.fingerprint,
                queuedAt: Timestamp(rfc3339: envelope.queuedAt) ?? now, row: [], error: error)
        case .failure(let error):
            self.init(failed: error, streamSequence: message.streamSequence, now: now)
        }
    }

    /// How the operation ended.
    func status(error: OperationError?, table: String, attempts: Int, endedAt: String) -> OperationStatus {
        OperationStatus(
            operationID: operationID, state: error == nil ? .completed : .failed, table: table, entityID: entityID,
            error: error, attempts: attempts, fingerprint: fingerprint, endedAt: endedAt)
    }
}
