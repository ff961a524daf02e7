// The body of every error answer.
package import HTTPTypes
import JSON
package import Operations

/// A problem document, RFC 9457: `type`, `title`, `status`, `detail`; `error`, a short string that the old clients read;
/// `errors`, where a body or query was invalid.
///
/// Nothing in it may come from other rows, SQL, or the server's inside.
package struct Problem: Error, Sendable {
    package static let mediaType = "application/problem+json"

    package var kind: ProblemKind
    /// A sentence about this occurrence: what was wrong and what to do.
    package var detail: String
    package var errors: [FieldError]
    /// Headers of the answer beyond the media type: `Allow`, `Retry-After`.
    package var headers: HTTPFields
    /// Further members and their JSON, in order.
    package var extensions: [(name: String, json: [UInt8])]

    package init(
        _ kind: ProblemKind, _ detail: String, errors: [FieldError] = [], headers: HTTPFields = [:],
        extensions: [(name: String, json: [UInt8])] = []
    ) {
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers
        self.extensions = extensions
    }

    /// The JSON document.
    package var body: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256 + errors.count * 128)
        writer.beginObject()
        writer.member("type", kind.type)
        writer.member("title", kind.title)
        writer.member("status", kind.status.code)
        writer.member("detail", detail)
        writer.member("error", kind.title)
        if !errors.isEmpty {
            writer.name("errors")
            writer.beginArray()
            for error in errors { error.write(to: &writer) }
            writer.endArray()
        }
        for (name, json) in extensions {
            writer.name(name)
            writer.raw(json)
        }
        writer.endObject()
        return writer.bytes
    }

    /// The same problem with `Retry-After`, in whole seconds, 1 at least.
    package func retryAfter(_ duration: Duration) -> Problem {
        var problem = self
        problem.headers[.retryAfter] = String(Self.retrySeconds(duration))
        return problem
    }

    /// Rounded up to whole seconds, 1 at least.
    package static func retrySeconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return max(1, attoseconds > 0 ? seconds + 1 : seconds)
    }
}

extension Problem {
    /// 405 with `Allow` (RFC 9110, 15.5.6).
    package static func methodNotAllowed(_ method: String, allowed: [String]) -> Problem {
        let list = allowed.joined(separator: ", ")
        return Problem(
            .methodNotAllowed,
            allowed.isEmpty
                ? "\(method) is not possible here."
                : "\(method) is not possible here. Possible: \(list).",
            headers: [.allow: list])
    }

    /// 413 with the limit.
    package static func bodyTooLarge(limit: Int) -> Problem {
        Problem(.bodyTooLarge, "The body is larger than \(limit) bytes, the limit of this server.")
    }

    /// 500 that tells nothing of the inside; the log has the reason.
    package static let internalError = Problem(
        .internalError, "The server failed to answer this request. Its log says why; repeating the request is safe.")
}
