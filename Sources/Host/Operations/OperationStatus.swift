// How far an operation has come.
package import JSON

/// What `/status/{operationId}` tells; also the value of `status:{operationId}` in Redis.
package struct OperationStatus: Sendable, Equatable {
    /// Statuses only move forward.
    package enum State: String, Sendable {
        case queued
        case processing
        case completed
        case failed

        /// `completed` and `failed` never change again.
        package var isFinal: Bool { self == .completed || self == .failed }
    }

    package var operationID: OperationID
    package var state: State
    package var table: String?
    package var entityID: String?
    /// Why it failed; only where `state` is `failed`.
    package var error: OperationError?
    /// 1 for every operation that has ended, 0 before: clients of the old system know this member.
    package var attempts: Int
    /// The request that the operation came from, where it is known.
    package var fingerprint: Fingerprint?
    /// RFC 3339; only where `state` is final.
    package var endedAt: String?
    /// Operations of the same partition that are stored before this one and not decided; only where `queued`.
    package var ahead: Int?

    package init(
        operationID: OperationID, state: State, table: String? = nil, entityID: String? = nil,
        error: OperationError? = nil, attempts: Int = 0, fingerprint: Fingerprint? = nil, endedAt: String? = nil,
        ahead: Int? = nil
    ) {
        self.operationID = operationID
        self.state = state
        self.table = table
        self.entityID = entityID
        self.error = error
        self.attempts = attempts
        self.fingerprint = fingerprint
        self.endedAt = endedAt
        self.ahead = ahead
    }

    /// The status as the client whose request has the fingerprint `short` must see it: where another request
    /// had used its key, its own write never happened, and it is told so.
    package func seen(byRequest short: String?) -> OperationStatus {
        guard let short, let fingerprint, state.isFinal, fingerprint.short != short else { return self }
        var status = self
        status.state = .failed
        status.error = .keyReuse
        return status
    }

    package func write(to writer: inout JSONWriter, withFingerprint: Bool = false) {
        writer.beginObject()
        writer.member("status", state.rawValue)
        writer.member("operationId", operationID.description)
        writer.member("table", table)
        writer.member("entityId", entityID)
        writer.member("error", error?.message)
        if let error {
            // What a program needs beyond the sentence that the old clients read.
            writer.name("problem")
            error.write(to: &writer)
        }
        writer.member("attempts", attempts)
        if let ahead { writer.member("ahead", ahead) }
        if let endedAt { writer.member("endedAt", endedAt) }
        if withFingerprint, let fingerprint { writer.member("fingerprint", fingerprint.hexadecimal) }
        writer.endObject()
    }

    /// The form that is stored in Redis and sent between hosts: with the fingerprint.
    package func encoded() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 384)
        write(to: &writer, withFingerprint: true)
        return writer.bytes
    }

    /// The form that a client gets: without the fingerprint.
    package var responseBody: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// `nil` where the bytes are not what `encoded()` makes.
    package init?(decoding bytes: [UInt8]) {
        guard let document = try? JSONDocument(parsing: bytes) else { return nil }
        self.init(document.root)
    }

    package init?(_ value: JSONValue) {
        guard let idText = value["operationId"]?.string, let operationID = OperationID(idText),
            let stateText = value["status"]?.string, let state = State(rawValue: stateText)
        else { return nil }
        self.init(
            operationID: operationID, state: state, table: value["table"]?.string,
            entityID: value["entityId"]?.string,
            error: value["problem"].flatMap(OperationError.init),
            attempts: value["attempts"]?.int64.map(Int.init(clamping:)) ?? 0,
            fingerprint: value["fingerprint"]?.string.flatMap(Fingerprint.init(hexadecimal:)),
            endedAt: value["endedAt"]?.string,
            ahead: value["ahead"]?.int64.map(Int.init(clamping:)))
    }
}
