// The kinds of problems that clients can tell apart.
package import HTTPTypes

/// A problem type (RFC 9457, 3.1.1): its name, HTTP status and title. The name never changes once it is released.
package enum ProblemKind: String, Sendable, CaseIterable {
    case badRequest = "bad-request"
    case invalidJSON = "invalid-json"
    case validationFailed = "validation-failed"
    case invalidParameter = "invalid-parameter"
    case keyMissing = "idempotency-key-missing"
    case keyInvalid = "idempotency-key-invalid"
    case notFound = "not-found"
    case unknownTable = "unknown-table"
    case methodNotAllowed = "method-not-allowed"
    case operationFailed = "operation-failed"
    case bodyTooLarge = "body-too-large"
    case unsupportedMediaType = "unsupported-media-type"
    case keyReuse = "idempotency-key-reuse"
    case rateLimited = "rate-limited"
    case headersTooLarge = "headers-too-large"
    case internalError = "internal-error"
    case pluginFailed = "plugin-failed"
    case pluginCrashed = "plugin-crashed"
    case notImplemented = "not-implemented"
    case overloaded
    case storageUnavailable = "storage-unavailable"
    case storageFull = "storage-full"
    case unavailable

    /// The `type` of the problem document.
    package var type: String { "urn:problem-type:jspg:\(rawValue)" }

    package var status: HTTPResponse.Status {
        switch self {
        case .badRequest, .invalidJSON, .validationFailed, .invalidParameter, .keyMissing, .keyInvalid: .badRequest
        case .notFound, .unknownTable: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .operationFailed: .conflict
        case .bodyTooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .keyReuse: .unprocessableContent
        case .rateLimited: .tooManyRequests
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .internalError, .pluginFailed, .pluginCrashed: .internalServerError
        case .notImplemented: .notImplemented
        case .overloaded, .storageUnavailable, .storageFull, .unavailable: .serviceUnavailable
        }
    }

    /// Short, for people; the same for every problem of the kind. Also the `error` that the old clients read.
    package var title: String {
        switch self {
        case .badRequest: "Bad request"
        case .invalidJSON: "Invalid JSON"
        case .validationFailed: "Validation failed"
        case .invalidParameter: "Invalid parameter"
        case .keyMissing: "Missing Idempotency-Key header"
        case .keyInvalid: "Invalid Idempotency-Key header"
        case .notFound: "Not found"
        case .unknownTable: "Unknown table"
        case .methodNotAllowed: "Method not allowed"
        case .operationFailed: "Operation failed"
        case .bodyTooLarge: "Body too large"
        case .unsupportedMediaType: "Unsupported media type"
        case .keyReuse: "Idempotency key used for another request"
        case .rateLimited: "Too many requests"
        case .headersTooLarge: "Headers too large"
        case .internalError: "Internal error"
        case .pluginFailed: "Plugin failed"
        case .pluginCrashed: "Plugin crashed"
        case .notImplemented: "Not implemented"
        case .overloaded: "Overloaded"
        case .storageUnavailable: "Storage unavailable"
        case .storageFull: "Storage full"
        case .unavailable: "Unavailable"
        }
    }
}
