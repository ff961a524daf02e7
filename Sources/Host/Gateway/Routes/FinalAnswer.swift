// The answer to a client that waited for the end of its write.
import Encodings
import HTTP
import HTTPTypes
import JSON
import Operations

/// `Prefer: wait` and the operation ended in time: 201 for a row created, 200 for another operation, 409 where it failed.
struct FinalAnswer: Sendable {
    let status: OperationStatus
    let kind: OperationKind
    let receipt: WriteReceipt

    /// - Parameter status: final, as the request must see it.
    init(_ status: OperationStatus, kind: OperationKind, receipt: WriteReceipt) {
        self.status = status
        self.kind = kind
        self.receipt = receipt
    }

    /// The problem of a failed operation, with what its status has beside.
    var problem: Problem? {
        guard status.state == .failed else { return nil }
        let error = status.error
        var writer = JSONWriter()
        error?.write(to: &writer)
        var extensions: [(name: String, json: [UInt8])] = [
            ("operationId", Self.string(receipt.operationID.description)),
            ("entityId", Self.string(receipt.entityID)), ("table", Self.string(receipt.table)),
        ]
        if error != nil { extensions.append(("problem", writer.bytes)) }
        var headers: HTTPFields = [.location: receipt.location]
        if receipt.isReplayed { headers[.idempotencyReplayed] = "true" }
        return Problem(
            .operationFailed, error?.message ?? "The operation failed.", errors: error?.errors ?? [], headers: headers,
            extensions: extensions)
    }

    var response: BufferedResponse {
        if let problem { return BufferedResponse(problem) }
        return BufferedResponse(
            status: kind == .create ? .created : .ok, fields: receipt.fields(location: location),
            body: status.responseBody)
    }

    /// Where the read API has the row that was created, or the operation.
    var location: String {
        kind == .create ? "/\(receipt.table)/\(PercentEncoding.encoded(receipt.entityID))" : receipt.location
    }

    private static func string(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.string(text)
        return writer.bytes
    }
}
