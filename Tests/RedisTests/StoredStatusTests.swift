// Statuses answered from their bytes are those that reading them as JSON gives.
import Operations
import TestSupport
import Testing

@testable import Cache

@Suite("Stored statuses")
struct StoredStatusTests {
    private static let texts = [
        "", "items", "caf\u{E9}", "a\"b\\c", ",\"fingerprint\":\"", "\",\"fingerprint\":\"", "}", "\u{0}\n\u{1F}",
        "\u{1F600}", String(repeating: "a", count: 64), String(repeating: "x", count: 300),
    ]

    private static func text(_ random: inout SeededNumbers) -> String {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in texts.randomElement(using: &random) ?? "" }.joined()
    }

    private static func maybe<Value>(_ random: inout SeededNumbers, _ make: (inout SeededNumbers) -> Value) -> Value? {
        Int.random(in: 0..<4, using: &random) == 0 ? nil : make(&random)
    }

    private static func bytes(_ count: Int, _ random: inout SeededNumbers) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private static func status(_ random: inout SeededNumbers) throws -> OperationStatus {
        let states: [OperationStatus.State] = [.queued, .processing, .completed, .completed, .failed]
        return OperationStatus(
            operationID: try #require(OperationID(bytes: bytes(16, &random))),
            state: states.randomElement(using: &random) ?? .completed,
            table: maybe(&random, text), entityID: maybe(&random, text),
            error: maybe(&random) { random in
                OperationError(
                    code: text(&random), message: text(&random), status: 400, constraint: maybe(&random, text),
                    errors: [FieldError(pointer: text(&random), code: text(&random), message: text(&random))])
            },
            attempts: Int.random(in: 0...1_000, using: &random),
            fingerprint: maybe(&random) { random in Fingerprint(bytes: bytes(32, &random)) } ?? nil,
            endedAt: maybe(&random, text), ahead: maybe(&random) { Int.random(in: 0...9, using: &$0) })
    }

    @Test("any status is answered as from JSON, or not at all where it is another request's")
    func random() throws {
        var random = SeededNumbers(seed: 5)
        var answered = 0
        for _ in 0..<5_000 {
            let status = try Self.status(&random)
            let stored = StoredStatus(status.encoded())
            guard let fingerprint = status.fingerprint else {
                #expect(stored == nil)
                continue
            }
            let known = try #require(stored)
            for short in [nil, fingerprint.short] {
                let body = known.responseBody(seenByRequest: short)
                #expect(body == status.seen(byRequest: short).responseBody)
                answered += 1
            }
            let other = try #require(Fingerprint(bytes: Self.bytes(32, &random)))
            #expect(known.responseBody(seenByRequest: other.short) == nil)
            // One digit is enough to be another's.
            var near = Array(fingerprint.short.utf8)
            near[15] = near[15] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            #expect(known.responseBody(seenByRequest: String(decoding: near, as: UTF8.self)) == nil)
        }
        #expect(answered > 5_000)
    }

    @Test(
        "bytes that end with no fingerprint are none",
        arguments: [
            "", "{}", "{\"status\":\"completed\"}", "\"}", ",\"fingerprint\":\"\"}",
            "{\"fingerprint\":\"\(String(repeating: "a", count: 64))\"}",
            "{\"a\":1,\"fingerprint\":\"\(String(repeating: "a", count: 63))\"}",
            "{\"a\":1,\"fingerprint\":\"\(String(repeating: "a", count: 65))\"}",
            "{\"a\":1,\"fingerprint\":\"\(String(repeating: "a", count: 64))\"} ",
            "{\"a\":1,\"fingerprint\":\"\(String(repeating: "a", count: 64))\",\"b\":1}",
        ])
    func none(text: String) {
        #expect(StoredStatus(Array(text.utf8)) == nil)
    }
}
