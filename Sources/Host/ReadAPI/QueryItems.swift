// The names and values of a query string.
import JSON

enum QueryItems {
    /// Percent-decoded, `+` as space, in order. Bytes that are no UTF-8 become U+FFFD, which no parameter has.
    static func parse(_ query: some StringProtocol) -> [(name: String, value: String)] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { item in
            let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
        }
    }

    private static func decoded(_ text: some Collection<UInt8>) -> String {
        var bytes: [UInt8] = []
        let units = Array(text)
        var position = 0
        while position < units.count {
            let unit = units[position]
            if unit == UInt8(ascii: "%"), position + 2 < units.count,
                let high = Hexadecimal.value(units[position + 1]), let low = Hexadecimal.value(units[position + 2])
            {
                bytes.append(high << 4 | low)
                position += 3
                continue
            }
            bytes.append(unit == UInt8(ascii: "+") ? UInt8(ascii: " ") : unit)
            position += 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
