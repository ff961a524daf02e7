// One segment of a path.
import JSON

/// Segments of request paths (RFC 3986, 3.3).
package enum PathSegment {
    /// Undoes percent-encoding; `nil` where it is malformed or what comes out is not UTF-8.
    package static func decoded(_ segment: String) -> String? {
        guard segment.utf8.contains(UInt8(ascii: "%")) else { return segment }
        var bytes: [UInt8] = []
        var rest = segment.utf8[...]
        while let unit = rest.popFirst() {
            guard unit == UInt8(ascii: "%") else {
                bytes.append(unit)
                continue
            }
            guard let high = rest.popFirst().flatMap(Hexadecimal.value),
                let low = rest.popFirst().flatMap(Hexadecimal.value)
            else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Percent-encodes everything but unreserved characters.
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
}
