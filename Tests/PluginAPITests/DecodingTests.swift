// Codable input types from a body.
import Foundation
import PluginAPI
import TestSupport
import Testing

@Suite("Decoding bodies")
struct DecodingTests {
    /// Decodes by way of upgrade's body, the public door to the decoder.
    private struct Probe<Value: Decodable & Sendable>: Decodable, Sendable { let value: Value }

    private func decode<Value: Decodable & Sendable>(_ json: String, as: Value.Type = Value.self) throws -> Value {
        try TestDecoding.decode(Probe<Value>.self, "{\"value\":\(json)}").value
    }

    private func reason<Value: Decodable & Sendable>(_ json: String, as: Value.Type) -> WriteRejection.Reason? {
        do {
            _ = try decode(json, as: Value.self)
            return nil
        } catch let rejection as WriteRejection {
            return rejection.reasons.first
        } catch {
            return nil
        }
    }

    @Test("Strings with every escape, integers of every width, booleans, null")
    func scalars() throws {
        #expect(try decode(#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é""#) == "a\"\\/\u{8}\u{c}\n\r\té😀é")
        #expect(try decode("-128", as: Int8.self) == -128)
        #expect(try decode("18446744073709551615", as: UInt64.self) == .max)
        #expect(try decode("-9223372036854775808", as: Int64.self) == .min)
        #expect(try decode("1e2", as: Int.self) == 100)
        #expect(try decode("1.0", as: Int.self) == 1)
        #expect(try decode("1.5", as: Double.self) == 1.5)
        #expect(try decode("true", as: Bool.self))
        #expect(try decode("null", as: Int?.self) == nil)
    }

    @Test("Arrays, dictionaries, enumerations and nested objects")
    func nested() throws {
        enum Colour: String, Codable { case red }
        #expect(try decode("[ [1, 2], [] ,[3]]", as: [[Int]].self) == [[1, 2], [], [3]])
        #expect(try decode(#"{"a":{"b":"red"},"c":{}}"#) == ["a": ["b": Colour.red], "c": [:]])
        #expect(try decode("[1,null,2]", as: [Int?].self) == [1, nil, 2])
        #expect(try decode("\"0E8DD0A8-8A1C-4E3B-9A1B-3C5D5F0C6E11\"", as: UUID.self).uuidString.hasPrefix("0E8D"))
    }

    @Test("Members are found in any order, among many")
    func manyMembers() throws {
        let names = (0..<1_000).map { "m\($0)" }
        let text = "{" + names.shuffled().map { "\"\($0)\":\"\($0)\"" }.joined(separator: ",") + "}"
        let decoded: [String: String] = try decode(text)
        #expect(decoded.count == 1_000)
        #expect(decoded.allSatisfy { $0 == $1 })
    }

    @Test("Errors name the place by JSON Pointer, and the kind that was found")
    func errors() {
        struct Item: Decodable, Sendable { let price: ExactDecimal }
        enum Colour: String, Decodable { case red }
        #expect(reason("[{\"price\":1},{}]", as: [Item].self)?.pointer == "/value/1/price")
        #expect(reason("[{\"price\":1},{}]", as: [Item].self)?.code == "required")
        #expect(reason("[{\"price\":\"1\"}]", as: [Item].self)?.message == "This must be a number, and is a string.")
        #expect(reason("{\"a/b~c\":1}", as: [String: String].self)?.pointer == "/value/a~1b~0c")
        #expect(
            reason("\"blue\"", as: Colour.self)
                == .init("invalid_value", "This value is not allowed here.", at: "/value"))
        #expect(reason("300", as: UInt8.self)?.code == "type")
        #expect(reason("1.5", as: Int.self)?.code == "type")
        #expect(reason("1e999", as: Double.self)?.code == "type")
        #expect(
            reason("0.1000000000000000000000000000000000000001", as: ExactDecimal.self)?.code == "number_too_precise")
        #expect(reason("0.1000000000000000000000000000000000000001", as: ExactDecimal.self)?.pointer == "/value")
    }

    @Test(
        "What is not JSON is refused wherever it breaks off",
        arguments: [
            "", "{", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "\"", "\"\\", "\"\\u12",
            "\"\\ud800\"",
            "\"\\x\"", "tru", "nul", "01", "1.", "-", "[1]]", "1 2", "\"\u{1}\"",
            String(repeating: "[", count: 100_000),
        ])
    func malformed(_ text: String) {
        #expect(throws: WriteRejection.self) { try decode(text, as: String.self) }
    }

    /// Names of which no two are one damaged byte apart, with numbers.
    private static func value(_ chance: inout SeededNumbers) -> [String: [Int]] {
        var value: [String: [Int]] = [:]
        for number in 0..<Int.random(in: 0...4, using: &chance) {
            value["k\(number)\(number)"] = (0..<Int.random(in: 0...4, using: &chance)).map { _ in
                Int.random(in: -999_999...999_999, using: &chance)
            }
        }
        return value
    }

    /// One of the many ways in which JSON can write it.
    private static func json(_ value: [String: [Int]], _ chance: inout SeededNumbers) -> String {
        func spaced(_ text: String, _ chance: inout SeededNumbers) -> String {
            let spaces = ["", "", " ", "\n", "\t\r "]
            return (spaces.randomElement(using: &chance) ?? "") + text + (spaces.randomElement(using: &chance) ?? "")
        }
        var members: [String] = []
        for (name, numbers) in value.sorted(by: { $0.key < $1.key }) {
            var characters = ""
            for scalar in name.unicodeScalars {
                // Each of them has two hexadecimal digits.
                let escape = "\\u00" + String(scalar.value, radix: 16, uppercase: Bool.random(using: &chance))
                characters += Int.random(in: 0..<4, using: &chance) == 0 ? escape : String(scalar)
            }
            var elements: [String] = []
            for number in numbers {
                let texts = number == 0 ? ["0", "-0", "0e7"] : ["\(number)", "\(number).0", "\(number)0e-1"]
                elements.append(spaced(texts.randomElement(using: &chance) ?? "", &chance))
            }
            let key = spaced("\"\(characters)\"", &chance)
            let array = spaced("[\(elements.joined(separator: ","))]", &chance)
            members.append("\(key):\(array)")
        }
        members.shuffle(using: &chance)
        return "{\(members.joined(separator: ","))}"
    }

    /// The text with one byte put in, taken out or replaced.
    private static func damaged(_ text: String, _ chance: inout SeededNumbers) -> String {
        let alphabet = Array(#"{}[]",:\u0123456789eE+-.tfn al"#.utf8)
        var bytes = Array(text.utf8)
        let place = Int.random(in: 0..<bytes.count, using: &chance)
        let byte = alphabet.randomElement(using: &chance) ?? 0
        switch Int.random(in: 0..<3, using: &chance) {
        case 0: bytes.insert(byte, at: place)
        case 1: bytes.remove(at: place)
        default: bytes[place] = byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "A body is decoded as it was written, and a damaged one as Foundation reads it or refused",
        arguments: 0..<20 as Range<UInt64>)
    func random(_ seed: UInt64) throws {
        var chance = SeededNumbers(seed: seed)
        var decodedCount = 0
        for _ in 0..<100 {
            let value = Self.value(&chance)
            let text = Self.json(value, &chance)
            #expect(try decode(text, as: [String: [Int]].self) == value, "\(text)")
            let damaged = Self.damaged(text, &chance)
            do {
                let decoded = try decode(damaged, as: [String: [Int]].self)
                let expected = try JSONDecoder().decode(
                    Probe<[String: [Int]]>.self, from: Data("{\"value\":\(damaged)}".utf8))
                #expect(decoded == expected.value, "\(damaged)")
                decodedCount += 1
            } catch is WriteRejection {
                // Most are no JSON any more, or no such value.
            } catch {
                Issue.record("\(damaged): \(error)")
            }
        }
        #expect(decodedCount > 0)
    }

    @Test("No bytes make the decoder read out of bounds, and what it throws is a rejection", arguments: 0..<20)
    func noise(_ seed: Int) {
        var chance = SeededNumbers(seed: UInt64(seed))
        let alphabet = Array(#"{}[]",:\u0123456789eE+-.tfn al"#.utf8)
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0..<40, using: &chance)).map { _ in
                alphabet.randomElement(using: &chance) ?? 0
            }
            let text = String(decoding: bytes, as: UTF8.self)
            do {
                _ = try decode(text, as: [String: [Int]].self)
            } catch {
                #expect(error is WriteRejection, "\(text)")
            }
        }
    }
}
