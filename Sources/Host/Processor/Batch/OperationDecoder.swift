// From a message's bytes to the row that it writes.
import JSON
import Operations
import PluginHost
import Tables

/// Decodes the messages of one table with one generation of its plugin.
struct OperationDecoder: Sendable {
    let table: LoadedTable
    /// The highest schema version that was ever in service; `nil` where that is not known.
    let highestSchema: Int?

    /// A message of a newer plugin than the one that is loaded, which was in service: it can be applied, but not here.
    struct AheadOfPlugin: Error {
        let schemaVersion: Int
        let streamSequence: UInt64
    }

    enum Result: Sendable {
        /// Ready for the batch; its `error` is set where it can only be recorded as failed.
        case operation(PreparedOperation)
        /// No envelope: there may be no operation that anybody waits for. Goes to the dead-letter stream.
        case poison(EnvelopeError)
    }

    /// - Parameter now: one point in time for the whole batch; `prepare` gets it.
    /// - Throws: `AheadOfPlugin`.
    func decode(_ message: WriteMessage, now: Timestamp) throws -> Result {
        let envelope: Envelope
        do {
            envelope = try message.envelope.get()
        } catch {
            return .poison(error)
        }
        if envelope.schemaVersion > table.descriptor.schemaVersion, envelope.schemaVersion <= highestSchema ?? 0 {
            throw AheadOfPlugin(
                schemaVersion: envelope.schemaVersion, streamSequence: message.streamSequence)
        }
        // As PostgreSQL writes it, so that what it returns can be compared with it.
        let entityID = table.descriptor.normalizedEntityID(envelope.entityID)
        var operation = PreparedOperation(
            operationID: envelope.operationID, kind: envelope.kind, entityID: entityID ?? envelope.entityID,
            streamSequence: message.streamSequence, fingerprint: message.fingerprint,
            queuedAt: Timestamp(rfc3339: envelope.queuedAt) ?? now, row: [], error: nil)
        do throws(OperationError) {
            guard let entityID else { throw invalidEntityID }
            (operation.row, operation.body) = try row(
                of: envelope, entityID: entityID, fingerprint: message.fingerprint, now: now)
        } catch {
            operation.error = error
        }
        return .operation(operation)
    }

    private var invalidEntityID: OperationError {
        OperationError(
            code: OperationError.Code.validationFailed,
            message: "The id is no value of the type \(table.descriptor.key.type.sql), which the table's key has.",
            status: 400)
    }

    /// - Returns: the row, and the body where the plugin writes with SQL of its own.
    private func row(
        of envelope: Envelope, entityID: String, fingerprint: Fingerprint?, now: Timestamp
    ) throws(OperationError) -> (row: [ColumnValue], body: [UInt8]) {
        let descriptor = table.descriptor
        guard envelope.table == descriptor.name else {
            throw OperationError(
                code: OperationError.Code.unknownTable,
                message: "The message names the table \(envelope.table) but was stored under \(descriptor.name).",
                status: 400)
        }
        guard descriptor.operations.contains(envelope.kind) else {
            throw OperationError(
                code: OperationError.Code.unknownOperation,
                message: "The table \(descriptor.name) has no operation \(envelope.kind.rawValue).", status: 405)
        }
        guard envelope.schemaVersion <= descriptor.schemaVersion else {
            throw OperationError(
                code: OperationError.Code.unsupportedSchemaVersion,
                message: "The message has schema version \(envelope.schemaVersion); "
                    + "the plugin that is loaded knows versions up to \(descriptor.schemaVersion).", status: 500)
        }
        if envelope.kind == .delete {
            return (descriptor.rowValues(kind: .delete, entityID: entityID, body: nil), [])
        }
        let origin = PluginCallOrigin(operation: envelope.operationID, fingerprint: fingerprint)
        var data = envelope.data
        var parsed = envelope.body
        if envelope.schemaVersion < descriptor.schemaVersion {
            data = try rejecting { () throws(PluginRejection) in
                try table.upgrade(from: envelope.schemaVersion, kind: envelope.kind, body: data, for: origin)
            }
            parsed = nil
        }
        let body = if let parsed { parsed } else { try parse(data) }
        // The gateway has validated the body; the old system's gateway has its own rules, so it is done again.
        let errors = table.validator.validate(body, kind: envelope.kind)
        guard errors.isEmpty else { throw .validationFailed(errors) }
        var row = descriptor.rowValues(kind: envelope.kind, entityID: entityID, body: body)
        try rejecting { () throws(PluginRejection) in
            try table.prepare(
                kind: envelope.kind, entityID: entityID, body: data, now: now.microseconds, into: &row,
                for: origin)
        }
        return (row, table.hasOwnSQL ? data : [])
    }

    private func parse(_ data: [UInt8]) throws(OperationError) -> JSONValue {
        do {
            return try JSONDocument(parsing: data).root
        } catch {
            throw OperationError(
                code: OperationError.Code.validationFailed, message: "The body is not JSON: \(error.message)",
                status: 400)
        }
    }

    private func rejecting<Value>(_ body: () throws(PluginRejection) -> Value) throws(OperationError) -> Value {
        do {
            return try body()
        } catch {
            throw error.operationError(table: table.descriptor.name)
        }
    }
}
