// Hexadecimal digits.
import Encodings
import Testing

@Suite("Hexadecimal")
struct HexadecimalTests {
    @Test("every byte's digits give the byte back, in either case")
    func roundTrip() throws {
        for byte in UInt8.min ... .max {
            let text = Hexadecimal.text([byte])
            #expect(text == text.lowercased() && text.count == 2)
            for digits in [text, text.uppercased()] {
                let values = try digits.utf8.map { try #require(Hexadecimal.value($0)) }
                #expect(values[0] << 4 | values[1] == byte)
            }
        }
    }

    @Test("nothing but a digit has a value", arguments: ["/", ":", "@", "G", "`", "g", "+", "-", " "])
    func noDigit(text: String) {
        #expect(text.utf8.allSatisfy { Hexadecimal.value($0) == nil })
    }
}
