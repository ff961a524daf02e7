// What is no JSON here, and where it says so.
import JSON
import Testing

@Suite("JSON that is refused")
struct StrictParsingTests {
    static func fault(_ bytes: [UInt8], maximumDepth: Int = 64) -> JSONError? {
        do {
            _ = try JSONDocument(parsing: bytes, maximumDepth: maximumDepth)
            return nil
        } catch {
            return error
        }
    }

    static func fault(_ text: String) -> JSONError? { fault(Array(text.utf8)) }

    @Test(
        "each fault has its code and the byte at which it is",
        arguments: [
            ("", JSONError.Code.empty, 0),
            (" \t\r\n", .empty, 4),
            ("{", .unexpectedEnd, 1),
            ("[1", .unexpectedEnd, 2),
            ("{\"a\"", .unexpectedEnd, 4),
            ("{\"a\":", .unexpectedEnd, 5),
            ("\"abc", .unexpectedEnd, 4),
            ("tru", .unexpectedEnd, 3),
            ("\"\\", .unexpectedEnd, 1),
            ("\"\\u12", .unexpectedEnd, 1),
            ("[1,]", .unexpectedCharacter, 3),
            ("[,1]", .unexpectedCharacter, 1),
            ("[1 2]", .unexpectedCharacter, 3),
            ("{,}", .unexpectedCharacter, 1),
            ("{\"a\":1,}", .unexpectedCharacter, 7),
            ("{a:1}", .unexpectedCharacter, 1),
            ("{1:1}", .unexpectedCharacter, 1),
            ("{\"a\" 1}", .unexpectedCharacter, 5),
            ("{\"a\":1]", .unexpectedCharacter, 6),
            ("'a'", .unexpectedCharacter, 0),
            ("nul1", .unexpectedCharacter, 3),
            ("True", .unexpectedCharacter, 0),
            ("NaN", .unexpectedCharacter, 0),
            ("Infinity", .unexpectedCharacter, 0),
            ("/* */1", .unexpectedCharacter, 0),
            ("\u{FEFF}1", .unexpectedCharacter, 0),
            ("\u{A0}1", .unexpectedCharacter, 0),
            ("1 1", .trailingBytes, 2),
            ("truex", .trailingBytes, 4),
            ("{}\u{0}", .trailingBytes, 2),
            ("[]]", .trailingBytes, 2),
            ("\"a\nb\"", .controlCharacter, 2),
            ("\"\u{0}\"", .controlCharacter, 1),
            ("\"\\x41\"", .invalidEscape, 1),
            ("\"\\u12G4\"", .invalidEscape, 1),
            ("\"\\u+123\"", .invalidEscape, 1),
        ])
    func codes(_ text: String, _ code: JSONError.Code, _ offset: Int) {
        let fault = Self.fault(text)
        #expect(fault?.code == code)
        #expect(fault?.offset == offset)
    }

    @Test(
        "numbers are written as RFC 8259 says",
        arguments: [
            "01", "-01", "00", "1.", "-", "-a", "1.e5", "1e", "1e+", "1E-", "0x1", "-.5", "+1", ".5", "1_000", "1,5",
            "--1", "1.2.3", "1e1.5", "1e1e1", "-Infinity", "١",
        ])
    func numbers(_ text: String) {
        #expect(Self.fault(text) != nil)
        #expect(Self.fault("[\(text)]") != nil || text == "1,5")
        #expect(JSONDecimal(text) == nil)
    }

    @Test(
        "half a surrogate pair is refused",
        arguments: [
            #""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\ud800""#, #""\uD800\u0041""#,
            #""\udc00\ud800""#, #"{"\ud83d":1}"#, #""\ud83d\u""#, #""\udfff\udfff""#,
        ])
    func surrogates(_ text: String) {
        let code = Self.fault(text)?.code
        #expect(code == .loneSurrogate || text.hasSuffix(#"\u""#))
        #expect(code != nil)
    }

    @Test(
        "bytes that are no UTF-8 are refused, in names and in values",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]])
    func encoding(_ bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(Self.fault([quote] + bytes + [quote])?.code == .invalidUTF8)
        #expect(Self.fault([quote] + bytes)?.code == .invalidUTF8)
        #expect(Self.fault(Array("{\"".utf8) + bytes + Array("\":1}".utf8))?.code == .invalidUTF8)
    }

    @Test(
        "a member's name stands once, however it is written",
        arguments: [
            #"{"a":1,"a":2}"#, #"{"a":1,"b":2,"a":1}"#, #"{"a":1,"\u0061":2}"#, #"{"\u0061":1,"a":2}"#,
            #"{"é":1,"\u00e9":1}"#, #"{"😀":1,"\ud83d\ude00":1}"#, #"[[{"x":{"a":1,"a":2}}]]"#, #"{"":1,"":2}"#,
            #"{"/":1,"\/":2}"#,
            #"{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"10":0,"\u0031":0}"#,
        ])
    func duplicates(_ text: String) {
        #expect(Self.fault(text)?.code == .duplicateMember)
    }

    @Test("names that only look the same are different names")
    func differentNames() {
        // Precomposed and decomposed are two names in JSON, whatever Swift's string comparison says.
        #expect(Self.fault("{\"\u{E9}\":1,\"e\u{301}\":2,\"E\":3,\"e\":4}") == nil)
    }

    @Test("depth is limited, and a very deep text costs no stack")
    func depth() {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(Self.fault(deepest) == nil)
        #expect(Self.fault("[\(deepest)]")?.code == .tooDeep)
        #expect(Self.fault("{\"a\":\(deepest)}")?.offset == 68)
        #expect(Self.fault(String(repeating: "[", count: 1_000_000))?.code == .tooDeep)
        let million = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(Self.fault(million, maximumDepth: .max)?.code == .unexpectedEnd)
        #expect(Self.fault(Array("[]".utf8), maximumDepth: 0)?.code == .tooDeep)
    }

    @Test("a sentence says what and where, and quotes nothing of the text")
    func message() {
        #expect(
            Self.fault("{\"secret\":1 \"x\"}")?.message
                == "a character stands where JSON allows none like it (at byte 12)")
    }
}
