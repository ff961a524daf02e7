// JSON text from parts.

/// Puts JSON together. Never inlined: definitions call it often and run once, and each plugin carries the code.
enum JSONText {
    /// An object under construction.
    struct Object {
        private var text = "{"

        /// Adds a member whose value is JSON already; nothing where there is none.
        @inline(never)
        mutating func add(_ name: String, _ json: String?) {
            guard let json else { return }
            if text.utf8.count > 1 { text += "," }
            text += JSONText.quoted(name)
            text += ":"
            text += json
        }

        var finished: String { text + "}" }
    }

    /// An array of values that are JSON already.
    @inline(never)
    static func array(_ elements: [String]) -> String {
        var text = "["
        for element in elements {
            if text.utf8.count > 1 { text += "," }
            text += element
        }
        return text + "]"
    }

    /// An array of strings.
    @inline(never)
    static func strings(_ strings: [String]) -> String { array(strings.map(quoted)) }

    /// A string with quotes and escapes.
    @inline(never)
    static func quoted(_ string: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in string.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            } else if byte >= 0x20 {
                bytes.append(byte)
            } else {
                // \u00 and two hexadecimal digits, the first of which is 0 or 1.
                let low = byte & 15
                bytes += [
                    UInt8(ascii: "\\"), UInt8(ascii: "u"), 0x30, 0x30, 0x30 + byte >> 4,
                    low < 10 ? 0x30 + low : 0x57 + low,
                ]
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}
