// Percent-encoding, as paths, queries and the credentials in URLs have it.

/// RFC 3986, 2.1.
package enum PercentEncoding {
    /// Undoes it; `nil` where an escape is malformed or what comes out is not UTF-8.
    package static func decoded(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        let units = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(units.count)
        var position = 0
        while position < units.count {
            if units[position] == UInt8(ascii: "%") {
                guard let byte = escape(in: units, at: position) else { return nil }
                bytes.append(byte)
                position += 3
            } else {
                bytes.append(units[position])
                position += 1
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Undoes it in a form's name or value, where `+` is a space (URL Standard, 5.1). A malformed escape stands for itself,
    /// and bytes that are no UTF-8 become U+FFFD.
    package static func decodedFormItem(_ text: some Collection<UInt8>) -> String {
        let units = Array(text)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(units.count)
        var position = 0
        while position < units.count {
            let unit = units[position]
            if unit == UInt8(ascii: "%"), let byte = escape(in: units, at: position) {
                bytes.append(byte)
                position += 3
            } else {
                bytes.append(unit == UInt8(ascii: "+") ? UInt8(ascii: " ") : unit)
                position += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Encodes everything but unreserved characters (2.3).
    package static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for unit in text.utf8 {
            switch unit {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(unit)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(unit >> 4)], digits[Int(unit & 0xF)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func escape(in units: [UInt8], at position: Int) -> UInt8? {
        guard position + 2 < units.count, let high = Hexadecimal.value(units[position + 1]),
            let low = Hexadecimal.value(units[position + 2])
        else { return nil }
        return high << 4 | low
    }
}
