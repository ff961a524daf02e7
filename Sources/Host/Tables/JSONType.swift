// The types that a value of JSON can have.
import JSON

/// The types of JSON Schema.
package enum JSONType: String, Sendable {
    case object, array, string, number, integer, boolean

    func matches(_ value: JSONValue) -> Bool {
        switch self {
        case .object: value.kind == .object
        case .array: value.kind == .array
        case .string: value.kind == .string
        case .number: value.kind == .number
        case .integer: value.decimal?.isInteger ?? false
        case .boolean: value.kind == .boolean
        }
    }

    /// With its article, for sentences.
    var described: String {
        switch self {
        case .object, .array, .integer: "an \(rawValue)"
        default: "a \(rawValue)"
        }
    }
}
