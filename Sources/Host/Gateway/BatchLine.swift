// One line of a batch.
package import HTTP
import HTTPTypes
import JSON
import Operations

/// A line of `POST /{table}/batch`: `{"idempotencyKey":…,"op":…,"id":…,"data":…}`. `op` is `create` where it is missing;
/// `id` belongs to the other operations; `data` to all but `delete`.
package enum BatchLine {
    /// The request that the line stands for.
    ///
    /// - Throws: `Problem` for a line that is none.
    package static func request(
        _ line: NDJSONLines.Line, table: String, limit: Int
    ) throws(Problem) -> WriteRequest {
        guard case .text(let bytes) = line else { throw Problem.bodyTooLarge(limit: limit) }
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: bytes).root
        } catch {
            throw .invalidJSON(error, in: "The line")
        }
        guard root.kind == .object else {
            throw Problem(.validationFailed, "The line is no JSON object.")
        }
        var errors: [FieldError] = []
        for (name, _) in root.members where !["idempotencyKey", "op", "id", "data"].contains(name) {
            errors.append(
                FieldError(pointer: "/\(name)", code: "unknown_member", message: "A batch line has no such member."))
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
        } else if kind != .create, id == nil {
            errors.append(FieldError(pointer: "/id", code: "required", message: "Must be the id of the row."))
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
