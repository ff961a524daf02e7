// Why a write is refused.

/// Thrown by a table's functions: the request is wrong, in one or more places.
///
/// The client gets every reason, each with its place, in the `errors` of the answer (RFC 9457).
///
/// ```swift
/// throw WriteRejection("total_mismatch", "The total must be \(sum).", at: "/total")
/// ```
public struct WriteRejection: Error, Sendable, Equatable {
    /// One thing that is wrong.
    public struct Reason: Sendable, Equatable {
        /// Snake case, stable, for programs: `total_mismatch`.
        public let code: String
        /// One sentence for the client, without secrets, SQL, or values of other rows.
        public let message: String
        /// JSON Pointer (RFC 6901) into the body, such as `/items/0/price`; empty: the whole body.
        public let pointer: String

        public init(_ code: String, _ message: String, at pointer: String = "") {
            self.code = code
            self.message = message
            self.pointer = pointer
        }
    }

    /// At least one, in the order in which the client sees them.
    public let reasons: [Reason]
    /// Whether the plugin is at fault and not the request; see ``failure(_:)``.
    public let isFailure: Bool

    /// Refuses the write for one reason.
    ///
    /// - Parameters:
    ///   - code: snake case and stable, for programs.
    ///   - message: one sentence for the client.
    ///   - pointer: JSON Pointer into the body; empty: the whole body.
    public init(_ code: String, _ message: String, at pointer: String = "") {
        reasons = [Reason(code, message, at: pointer)]
        isFailure = false
    }

    /// Refuses the write for several reasons; `nil` where there is none, so that a rule may collect and then ask.
    ///
    /// ```swift
    /// if let rejection = WriteRejection(reasons) { throw rejection }
    /// ```
    public init?(_ reasons: [Reason]) {
        guard !reasons.isEmpty else { return nil }
        self.reasons = reasons
        isFailure = false
    }

    /// The plugin could not do its work: nothing that the client could put right.
    ///
    /// - Parameter message: one sentence, which the client may see.
    public static func failure(_ message: String) -> WriteRejection {
        WriteRejection(failure: message)
    }

    private init(failure message: String) {
        reasons = [Reason("plugin_failure", message)]
        isFailure = true
    }

    /// The same first reason at another place.
    func moved(to pointer: String) -> WriteRejection {
        WriteRejection(reasons[0].code, reasons[0].message, at: pointer)
    }
}

extension WriteRejection {
    /// What a decoder threw, in words for a client.
    init(decoding error: any Error) {
        switch error {
        case let rejection as WriteRejection: self = rejection
        case DecodingError.keyNotFound(let key, let context):
            self.init("required", "This member is required.", at: Self.pointer(context.codingPath + [key]))
        case DecodingError.typeMismatch(_, let context):
            self.init("type", context.debugDescription, at: Self.pointer(context.codingPath))
        case DecodingError.valueNotFound(_, let context):
            self.init("required", "A value is missing here.", at: Self.pointer(context.codingPath))
        case DecodingError.dataCorrupted(let context):
            // The description may name Swift types; a client has no use for them.
            self.init("invalid_value", "This value is not allowed here.", at: Self.pointer(context.codingPath))
        default: self.init("invalid_value", "The body could not be read.")
        }
    }

    /// A coding path as a JSON Pointer.
    static func pointer(_ path: [any CodingKey]) -> String {
        path.reduce(into: "") { pointer, key in
            pointer += "/"
            for scalar in key.stringValue.unicodeScalars {
                switch scalar {
                case "~": pointer += "~0"
                case "/": pointer += "~1"
                default: pointer.unicodeScalars.append(scalar)
                }
            }
        }
    }
}
