// A write that is valid and ready to be stored.
package import HTTP
import JSON
package import JetStream
package import Operations

/// A write whose body is valid, with the message that stores it.
package struct PreparedWrite: Sendable {
    package let identity: WriteIdentity
    package let acceptedAt: Timestamp
    /// The message for JetStream.
    package let message: NATSMessage

    /// Checks the body, all of it, and builds the message.
    ///
    /// - Throws: `Problem`, 400 or 415; what the plugin throws.
    package init(
        _ request: WriteRequest, identity: WriteIdentity, table: any WritableTable, at now: Timestamp
    ) throws(Problem) {
        var data: [UInt8] = []
        if request.kind != .delete {
            try Self.check(request, identity: identity, table: table)
            data = request.body
        }
        self.identity = identity
        acceptedAt = now
        let envelope = Envelope(
            operationID: identity.operationID, table: table.name, kind: request.kind, entityID: identity.entityID,
            schemaVersion: table.schemaVersion, data: data, queuedAt: now.description,
            fingerprint: identity.fingerprint)
        var headers = NATSHeaders()
        headers.append(MessageHeader.messageID, identity.operationID.description)
        headers.append(MessageHeader.fingerprint, identity.fingerprint.hexadecimal)
        if let traceparent = request.traceparent, Self.isTraceparent(traceparent) {
            headers.append(MessageHeader.traceparent, traceparent)
        }
        message = NATSMessage(
            subject: Subject.writes(table: table.name, partition: identity.partition), headers: headers,
            payload: envelope.encoded())
    }

    private static func check(
        _ request: WriteRequest, identity: WriteIdentity, table: any WritableTable
    ) throws(Problem) {
        if let contentType = request.contentType, !MediaTypeCheck.isJSON(contentType) {
            throw MediaTypeCheck.problem(contentType, expected: "application/json")
        }
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: request.body)
        } catch {
            throw .invalidJSON(error, in: "The body")
        }
        let faults = try table.faults(
            kind: request.kind, identity: identity, body: document.root, bytes: request.body)
        guard faults.isEmpty else {
            let places = faults.count == 1 ? "1 place" : "\(faults.count) places"
            throw Problem(
                .validationFailed, "The body is wrong in \(places); `errors` names each. Nothing was stored.",
                errors: faults)
        }
    }

    /// `00-{32 hex}-{16 hex}-{2 hex}`, W3C Trace Context 3.2.
    static func isTraceparent(_ text: String) -> Bool {
        let units = Array(text.utf8)
        guard units.count == 55 else { return false }
        return units.enumerated().allSatisfy { position, unit in
            switch position {
            case 2, 35, 52: unit == UInt8(ascii: "-")
            default: (0x30...0x39).contains(unit) || (0x61...0x66).contains(unit)
            }
        }
    }
}
