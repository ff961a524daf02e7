// Percent-encoding, decoded strictly for paths and leniently for forms.
import Encodings
import Testing

@Suite("Percent-encoding")
struct PercentEncodingTests {
    @Test(
        "an escape is undone, once",
        arguments: [("a", "a"), ("a%20b", "a b"), ("%2525", "%25"), ("%C3%A4", "ä"), ("a+b", "a+b"), ("", "")])
    func decoded(text: String, result: String) {
        #expect(PercentEncoding.decoded(text) == result)
    }

    @Test(
        "what is malformed or no UTF-8 is refused",
        arguments: ["%", "%2", "a%zz", "%FF", "%+1", "%-0", "%C3", "%e4%"])
    func malformed(text: String) {
        #expect(PercentEncoding.decoded(text) == nil)
    }

    @Test("encoding and decoding are inverse", arguments: ["a/b", "ä?#%", "x y", "~-._", ""])
    func roundTrip(text: String) {
        let encoded = PercentEncoding.encoded(text)
        #expect(encoded.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: " ") })
        #expect(PercentEncoding.decoded(encoded) == text)
    }

    @Test(
        "in a form a plus is a space, and what is malformed stands for itself",
        arguments: [
            ("a+b", "a b"), ("%2B", "+"), ("%", "%"), ("%4", "%4"), ("x%FFy", "x\u{FFFD}y"), ("%zz%41", "%zzA"),
        ])
    func formItem(text: String, result: String) {
        #expect(PercentEncoding.decodedFormItem(text.utf8) == result)
    }
}
