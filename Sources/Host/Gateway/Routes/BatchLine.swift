// One line of a batch.
package import HTTP
import HTTPTypes
import JSON
import Operations
import Tables

/// A line of `POST /{table}/batch`: `{"idempotencyKey":…,"op":…,"id":…,"data":…}`. `op` is `create` where it is missing;
/// `id` belongs to the other operations; `data` to all but `delete`.
package enum BatchLine {
    private static let members = ["idempotencyKey", "op", "id", "data"]

    /// The request that the line stands for.
    ///
    /// - Throws: `Problem` for a line that is none.
    package static func request(
        _ line: NDJSONLines.Line, table: String, limit: Int
    ) throws(Problem) -> WriteRequest {
        let bytes: [UInt8]
        switch line {
        case .text(let text): bytes = text
        case .tooLong: throw .bodyTooLarge(limit: limit)
        case .dropped: throw .noRoomForBody
        }
        let root: JSONValue
        do {
            // `data` lies one level deeper than the same body in a request of its own.
            root = try JSONDocument(parsing: bytes, maximumDepth: JSONDocument.maximumDepth + 1).root
        } catch {
            throw .invalidJSON(error, in: "The line")
        }
        guard root.kind == .object else {
            throw Problem(.validationFailed, "The line is no JSON object.")
        }
        var errors: [FieldError] = []
        for (name, _) in root.members where !members.contains(name) {
            errors.append(.unknownMember(at: "", name, known: members))
            if errors.count == BodyValidator.maximumErrors { break }
        }
        if let key = root["idempotencyKey"], !key.isNull {
            if key.string == nil { errors.append(notText("idempotencyKey")) }
        } else {
            errors.append(
                FieldError(
                    pointer: "/idempotencyKey", code: "required", message: "Must be the key of this operation alone."))
        }
        var kind = OperationKind.create
        if let op = root["op"] {
            if let known = op.string.flatMap(OperationKind.init(rawValue:)) {
                kind = known
            } else {
                errors.append(
                    FieldError(pointer: "/op", code: "enum", message: "Must be create, update, upsert or delete."))
            }
        }
        let id = root["id"]?.string
        if kind == .create, root["id"] != nil {
            errors.append(
                FieldError(pointer: "/id", code: "unknown_member", message: "A create has no id; it is given one."))
        } else if kind != .create, root["id"] == nil {
            errors.append(FieldError(pointer: "/id", code: "required", message: "Must be the id of the row."))
        } else if kind != .create, id == nil {
            errors.append(notText("id"))
        }
        if kind != .delete, root["data"] == nil {
            errors.append(FieldError(pointer: "/data", code: "required", message: "Is missing."))
        }
        guard errors.isEmpty else {
            throw Problem(.validationFailed, "The line is no operation; `errors` says why.", errors: errors)
        }
        return WriteRequest(
            kind: kind, table: table, entityID: kind == .create ? nil : id,
            idempotencyKey: root["idempotencyKey"]?.string,
            body: kind == .delete ? [] : root["data"].map { Array($0.source) } ?? [])
    }

    private static func notText(_ member: String) -> FieldError {
        FieldError(pointer: "/\(member)", code: "type", message: "Must be a string.")
    }

    /// The line of the answer: `{"line":1,"code":202,"location":…,"body":…}`, where `body` is what a request of its own
    /// would have got.
    ///
    /// - Parameter number: from 1.
    package static func answer(_ answer: WriteAnswer, number: Int) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        writer.member("line", number)
        switch answer {
        case .accepted(let receipt):
            writer.member("code", 202)
            writer.member("location", receipt.location)
            if receipt.isReplayed { writer.member("replayed", true) }
            writer.name("body")
            writer.raw(receipt.body)
        case .refused(let problem):
            writer.member("code", problem.kind.status.code)
            if let retryAfter = problem.headers[.retryAfter] { writer.member("retryAfter", retryAfter) }
            writer.name("body")
            writer.raw(problem.body)
        }
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}
