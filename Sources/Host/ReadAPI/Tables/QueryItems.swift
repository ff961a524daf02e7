// The names and values of a query string.
import Encodings

enum QueryItems {
    /// Percent-decoded, `+` as space, in order. Bytes that are no UTF-8 become U+FFFD, which no parameter has.
    static func parse(_ query: some StringProtocol) -> [(name: String, value: String)] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { item in
            let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (
                PercentEncoding.decodedFormItem(parts[0]),
                parts.count > 1 ? PercentEncoding.decodedFormItem(parts[1]) : ""
            )
        }
    }
}
