// What counts as a number (RFC 8259, section 6).

/// The states of reading a number, one byte after another.
private enum NumberState { case start, sign, zero, digits, point, fraction, exponent, exponentSign, exponentDigits }

extension ExactDecimal {
    /// Whether the bytes are a number in JSON's grammar.
    static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
        var state = NumberState.start
        for byte in text {
            let isDigit = (0x30...0x39).contains(byte)
            switch (state, byte) {
            case (.digits, _) where isDigit, (.fraction, _) where isDigit, (.exponentDigits, _) where isDigit: continue
            case (.start, UInt8(ascii: "-")): state = .sign
            case (.start, UInt8(ascii: "0")), (.sign, UInt8(ascii: "0")): state = .zero
            case (.start, _) where isDigit, (.sign, _) where isDigit: state = .digits
            case (.zero, UInt8(ascii: ".")), (.digits, UInt8(ascii: ".")): state = .point
            case (.point, _) where isDigit: state = .fraction
            case (.zero, UInt8(ascii: "e")), (.zero, UInt8(ascii: "E")),
                (.digits, UInt8(ascii: "e")), (.digits, UInt8(ascii: "E")),
                (.fraction, UInt8(ascii: "e")), (.fraction, UInt8(ascii: "E")):
                state = .exponent
            case (.exponent, UInt8(ascii: "+")), (.exponent, UInt8(ascii: "-")): state = .exponentSign
            case (.exponent, _) where isDigit, (.exponentSign, _) where isDigit: state = .exponentDigits
            default: return false
            }
        }
        switch state {
        case .zero, .digits, .fraction, .exponentDigits: return true
        default: return false
        }
    }
}
