// Random documents and random damage, the same ones in every run.
import JSON
import TestSupport
import Testing

@Suite("JSON under random input")
struct FuzzTests {
    /// A document as a tree, to compare with what was parsed.
    indirect enum Tree: Equatable {
        case object([(String, Tree)])
        case array([Tree])
        case string(String)
        case number(String)
        case bool(Bool)
        case null

        static func == (left: Tree, right: Tree) -> Bool {
            switch (left, right) {
            case (.object(let a), .object(let b)):
                a.count == b.count && zip(a, b).allSatisfy { Array($0.0.utf8) == Array($1.0.utf8) && $0.1 == $1.1 }
            case (.array(let a), .array(let b)): a == b
            case (.string(let a), .string(let b)): Array(a.utf8) == Array(b.utf8)
            case (.number(let a), .number(let b)): a == b
            case (.bool(let a), .bool(let b)): a == b
            case (.null, .null): true
            default: false
            }
        }

        init(_ value: JSONValue) {
            switch value.kind {
            case .object: self = .object(value.members.map { ($0.name, Tree($0.value)) })
            case .array: self = .array(value.elements.map { Tree($0) })
            case .string: self = .string(value.string ?? "")
            case .number: self = .number(value.numberText ?? "")
            case .boolean: self = .bool(value.bool ?? false)
            case .null: self = .null
            }
        }

        func write(to writer: inout JSONWriter) {
            switch self {
            case .object(let members):
                writer.beginObject()
                for (name, value) in members {
                    writer.name(name)
                    value.write(to: &writer)
                }
                writer.endObject()
            case .array(let elements):
                writer.beginArray()
                for element in elements { element.write(to: &writer) }
                writer.endArray()
            case .string(let text): writer.string(text)
            case .number(let text): writer.raw(text.utf8)
            case .bool(let value): writer.bool(value)
            case .null: writer.null()
            }
        }
    }

    static func string(_ chance: inout SeededNumbers) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "b", "\"", "\\", "/", "\n", "\u{0}", "\u{1F}", "é", "€", "😀", "\u{FFFF}", "{", " ",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &chance) {
            text.unicodeScalars.append(alphabet.randomElement(using: &chance) ?? "a")
        }
        return text
    }

    static func tree(_ chance: inout SeededNumbers, depth: Int = 0) -> Tree {
        switch Int.random(in: 0...(depth > 5 ? 4 : 7), using: &chance) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &chance))
        case 2:
            let numbers = ["0", "-1", "1.50", "1e400", "-0.001", "12345678901234567890", "1E-7", "0.1"]
            return .number(numbers.randomElement(using: &chance) ?? "0")
        case 3, 4: return .string(string(&chance))
        case 5, 6:
            return .array((0..<Int.random(in: 0...6, using: &chance)).map { _ in tree(&chance, depth: depth + 1) })
        default:
            var names: Set<[UInt8]> = []
            var members: [(String, Tree)] = []
            for _ in 0..<Int.random(in: 0...12, using: &chance) {
                let name = string(&chance)
                if names.insert(Array(name.utf8)).inserted { members.append((name, tree(&chance, depth: depth + 1))) }
            }
            return .object(members)
        }
    }

    /// Looks at everything that a document offers, so that nothing in it is left untried.
    static func visit(_ value: JSONValue) -> Int {
        var seen = value.source.count + (value.string?.count ?? 0) + (value.decimal?.text.count ?? 0)
        seen += value.int64 == nil ? 0 : 1
        seen += value.double == nil ? 0 : 1
        for (name, member) in value.members {
            seen += visit(member)
            if value[name] == nil { Issue.record("\(name) is listed and not found") }
        }
        for (place, element) in value.elements.enumerated() {
            seen += visit(element)
            if value[place] == nil { Issue.record("element \(place) is listed and not found") }
        }
        return seen
    }

    @Test("random documents come back as they were written", arguments: 0..<20 as Range<UInt64>)
    func roundTrip(_ seed: UInt64) throws {
        var chance = SeededNumbers(seed: seed)
        for _ in 0..<100 {
            let tree = Self.tree(&chance)
            var writer = JSONWriter()
            tree.write(to: &writer)
            let document = try JSONDocument(parsing: writer.bytes)
            #expect(Tree(document.root) == tree)
            #expect(Array(document.root.source) == writer.bytes)
        }
    }

    @Test("damaged bytes are parsed or refused, and never more", arguments: 0..<20 as Range<UInt64>)
    func mutations(_ seed: UInt64) throws {
        var chance = SeededNumbers(seed: seed &+ 1_000)
        let interesting = Array("{}[]\",:\\u0018dDcC-+.eE \u{7F}".utf8) + [0x00, 0x80, 0xC3, 0xED, 0xA0, 0xF4, 0xFF]
        var accepted = 0
        for _ in 0..<500 {
            var writer = JSONWriter()
            Self.tree(&chance).write(to: &writer)
            var bytes = writer.bytes
            for _ in 0..<Int.random(in: 1...4, using: &chance) {
                let place = Int.random(in: 0...bytes.count, using: &chance)
                switch Int.random(in: 0...3, using: &chance) {
                case 0: bytes.insert(interesting.randomElement(using: &chance) ?? 0, at: place)
                case 1 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &chance)
                case 2 where place < bytes.count: bytes.remove(at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            do {
                let document = try JSONDocument(parsing: bytes)
                accepted += Self.visit(document.root) >= 0 ? 1 : 0
            } catch {
                #expect((0...bytes.count).contains(error.offset))
            }
        }
        #expect(accepted > 0)
    }

    @Test("noise is parsed or refused")
    func noise() {
        var chance = SeededNumbers(seed: 7)
        let alphabet = Array("{}[]\",:\\u0018ddtruefalsn-+.eE \n".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &chance)).map { _ in
                alphabet.randomElement(using: &chance) ?? 0
            }
            if let document = try? JSONDocument(parsing: bytes) { #expect(Self.visit(document.root) >= 0) }
        }
    }
}
