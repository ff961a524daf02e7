// How long a client would wait for the end of an operation.
import HTTP
import Operations

/// The query parameter `wait`, as in `wait=10s` or `wait=10`.
struct StatusWait {
    /// 30 s at most, whatever the client says.
    let duration: Duration

    private static let longestSeconds = 30.0

    /// - Returns: `nil` where the client did not say so.
    /// - Throws: `Problem`, 400, where it is no number of seconds.
    init?(_ items: [(name: String, value: String)]) throws(Problem) {
        guard let text = items.first(where: { $0.name == "wait" })?.value else { return nil }
        guard let seconds = Double(text.hasSuffix("s") ? String(text.dropLast()) : text), seconds >= 0, seconds.isFinite
        else {
            throw Problem(
                .invalidParameter, "wait must be a number of seconds such as 10s.",
                errors: [FieldError(pointer: "wait", code: "parameter", message: "wait must be a number of seconds.")])
        }
        duration = .milliseconds(Int64(min(seconds, Self.longestSeconds) * 1_000))
    }
}
