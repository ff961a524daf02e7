import Operations
import Testing

@Suite("Idempotency keys")
struct IdempotencyKeyTests {
    @Test("a UUID is the operation id as it stands")
    func uuid() throws {
        let key = try IdempotencyKey(headerValue: "0123ABCD-4567-89ab-cdef-0123456789ab")
        #expect(key.operationID.description == "0123abcd-4567-89ab-cdef-0123456789ab")
    }

    @Test("any other key is hashed, in every version of jspg alike")
    func hashed() throws {
        let key = try IdempotencyKey(headerValue: "order-1")
        #expect(key.operationID.description == "3b8593ae-26f3-5b52-9169-c9b729fc8adc")
    }

    @Test(
        "a quoted string is unquoted, space around it is no part of it",
        arguments: [
            ("\"abc\"", "abc"), ("\"a\\\"b\\\\c\"", "a\"b\\c"), ("  abc\t", "abc"), ("a\"b", "a\"b"),
        ])
    func quoted(header: String, key: String) throws {
        #expect(try IdempotencyKey(headerValue: header).text == key)
    }

    @Test("1 to 255 characters")
    func length() throws {
        #expect(throws: IdempotencyKeyError.missing) { try IdempotencyKey(headerValue: nil) }
        #expect(throws: IdempotencyKeyError.missing) { try IdempotencyKey(headerValue: "") }
        #expect(throws: IdempotencyKeyError.missing) { try IdempotencyKey(headerValue: "\"\"") }
        #expect(throws: IdempotencyKeyError.tooLong(256)) {
            try IdempotencyKey(headerValue: String(repeating: "x", count: 256))
        }
        #expect(try IdempotencyKey(headerValue: String(repeating: "x", count: 255)).text.utf8.count == 255)
    }

    @Test("visible ASCII only", arguments: ["a b", "a\u{7F}", "ä", "a\u{1}b", "\"a b\""])
    func characters(header: String) {
        #expect(throws: IdempotencyKeyError.notVisibleASCII) { try IdempotencyKey(headerValue: header) }
    }

    @Test("a quote that never ends is an error", arguments: ["\"abc", "\"", "\"a\"b\"", "\"a\\\"", "\"a\\x\""])
    func unterminated(header: String) {
        #expect(throws: IdempotencyKeyError.unterminatedString) { try IdempotencyKey(headerValue: header) }
    }
}
