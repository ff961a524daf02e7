// UUIDs in all of PostgreSQL's input forms.
import Operations

/// What a plugin may write for a UUID.
package enum UUIDText {
    /// A UUID in the form in which the hosts write them: lower case, with four hyphens.
    ///
    /// - Parameter text: in any form that PostgreSQL reads (documentation, 8.12): digits of either case, after each four of
    ///   them a hyphen or none, around all of them braces or none.
    /// - Returns: `nil` where it is no UUID.
    package static func normalized(_ text: [UInt8]) -> [UInt8]? {
        var rest = text[...]
        if rest.first == UInt8(ascii: "{") {
            guard rest.count > 1, rest.last == UInt8(ascii: "}") else { return nil }
            rest = rest.dropFirst().dropLast()
        }
        var digits: [UInt8] = []
        var isAfterHyphen = false
        for unit in rest {
            if unit == UInt8(ascii: "-") {
                guard !isAfterHyphen, [4, 8, 12, 16, 20, 24, 28].contains(digits.count) else { return nil }
                isAfterHyphen = true
            } else {
                isAfterHyphen = false
                digits.append(unit)
            }
        }
        guard digits.count == 32 else { return nil }
        for position in [20, 16, 12, 8] { digits.insert(UInt8(ascii: "-"), at: position) }
        return OperationID(String(decoding: digits, as: UTF8.self)).map { Array($0.description.utf8) }
    }
}
