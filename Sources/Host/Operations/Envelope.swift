// The message that carries a write through JetStream.
package import JSON

/// The body of a message on `writes.>`: the old system's JSON (`operationId`, `table`, `data`, `queuedAt`) plus
/// `op`, `entityId`, `schemaVersion` and `fingerprint`. Fields that it does not know are ignored.
package struct Envelope: Sendable, Equatable {
    package let operationID: OperationID
    package let table: String
    package let kind: OperationKind
    package let entityID: String
    /// The schema version of the plugin that accepted the write; 1 for messages of the old system.
    package let schemaVersion: Int
    private let content: Content
    /// RFC 3339.
    package let queuedAt: String
    /// Of the request, as in the header of the same purpose, which costs more to read; absent in messages of the old system.
    package let fingerprint: Fingerprint?

    package init(
        operationID: OperationID, table: String, kind: OperationKind, entityID: String, schemaVersion: Int,
        data: [UInt8], queuedAt: String, fingerprint: Fingerprint? = nil
    ) {
        self.operationID = operationID
        self.table = table
        self.kind = kind
        self.entityID = entityID
        self.schemaVersion = schemaVersion
        content = .bytes(data)
        self.queuedAt = queuedAt
        self.fingerprint = fingerprint
    }

    /// The client's JSON, byte for byte; empty for a delete.
    package var data: [UInt8] {
        switch content {
        case .bytes(let bytes): bytes
        case .value(let value): Array(value.source)
        }
    }

    /// The client's JSON, where it was read with the message; `nil` where there is none.
    package var body: JSONValue? {
        if case .value(let value) = content { value } else { nil }
    }

    private enum Content: Sendable {
        case bytes([UInt8])
        case value(JSONValue)
    }

    package static func == (left: Envelope, right: Envelope) -> Bool {
        left.operationID == right.operationID && left.table == right.table && left.kind == right.kind
            && left.entityID == right.entityID && left.schemaVersion == right.schemaVersion && left.data == right.data
            && left.queuedAt == right.queuedAt && left.fingerprint == right.fingerprint
    }

    /// The message's body: one JSON object, `data` last, which is `null` where the operation has none. `fingerprint` is
    /// 64 hexadecimal digits and is left out where there is none.
    package func encoded() -> [UInt8] {
        let data = data
        var writer = JSONWriter(reservingCapacity: data.count + table.utf8.count + entityID.utf8.count + 320)
        writer.beginObject()
        writer.member("operationId", operationID.description)
        writer.member("table", table)
        writer.member("op", kind.rawValue)
        writer.member("entityId", entityID)
        writer.member("schemaVersion", schemaVersion)
        writer.member("queuedAt", queuedAt)
        if let fingerprint { writer.member("fingerprint", fingerprint.hexadecimal) }
        writer.name("data")
        if data.isEmpty { writer.null() } else { writer.raw(data) }
        writer.endObject()
        return writer.bytes
    }

    /// Reads a message's body.
    ///
    /// - Throws: `EnvelopeError`, which says what is missing, where the bytes are no envelope.
    package init(decoding bytes: [UInt8]) throws(EnvelopeError) {
        let document: JSONDocument
        do {
            // The client's body lies one level deeper here.
            document = try JSONDocument(parsing: bytes, maximumDepth: JSONDocument.maximumDepth + 1)
        } catch {
            throw EnvelopeError(reason: "is not JSON: \(error.message)")
        }
        let root = document.root
        guard root.kind == .object else { throw EnvelopeError(reason: "is not a JSON object") }
        guard let idText = root["operationId"]?.string, let operationID = OperationID(idText) else {
            throw EnvelopeError(reason: "has no `operationId` that is a UUID")
        }
        guard let table = root["table"]?.string else {
            throw EnvelopeError(reason: "has no `table`", operationID: operationID)
        }
        let kind: OperationKind
        if let name = root["op"]?.string {
            guard let known = OperationKind(rawValue: name) else {
                throw EnvelopeError(
                    reason: "has an unknown `op`", code: OperationError.Code.unknownOperation, operationID: operationID,
                    table: table, entityID: root["entityId"]?.string)
            }
            kind = known
        } else {
            kind = .create
        }
        let entityID: String
        if let given = root["entityId"]?.string {
            entityID = given
        } else if kind == .create {
            entityID = EntityID.derived(table: table, operationID: operationID)
        } else {
            throw EnvelopeError(reason: "has no `entityId`", operationID: operationID, table: table)
        }
        if let value = root["data"], !value.isNull {
            content = .value(value)
        } else if kind == .delete {
            content = .bytes([])
        } else {
            throw EnvelopeError(
                reason: "has no `data`", operationID: operationID, table: table, entityID: entityID)
        }
        var schemaVersion = 1
        if let value = root["schemaVersion"], !value.isNull {
            guard let number = value.int64, let version = Int(exactly: number), version > 0 else {
                throw EnvelopeError(
                    reason: "has a `schemaVersion` that is no positive integer", operationID: operationID,
                    table: table, entityID: entityID)
            }
            schemaVersion = version
        }
        self.operationID = operationID
        self.table = table
        self.kind = kind
        self.entityID = entityID
        self.schemaVersion = schemaVersion
        queuedAt = root["queuedAt"]?.string ?? ""
        fingerprint = root["fingerprint"]?.string.flatMap(Fingerprint.init(hexadecimal:))
    }
}

/// Bytes that are no envelope. What could be read of it is kept, so that the failure can be recorded.
package struct EnvelopeError: Error, Sendable, CustomStringConvertible {
    /// Follows "the message …".
    package let reason: String
    package let code: String
    package let operationID: OperationID?
    package let table: String?
    package let entityID: String?

    init(
        reason: String, code: String = OperationError.Code.poison, operationID: OperationID? = nil,
        table: String? = nil, entityID: String? = nil
    ) {
        self.reason = reason
        self.code = code
        self.operationID = operationID
        self.table = table
        self.entityID = entityID
    }

    package var description: String { "The message \(reason)." }
}
