import Load
import NIOCore
import Testing

@Suite("Templates")
struct TemplateTests {
    private func render(_ text: String, _ values: inout RequestValues, files: [String: String] = [:]) throws -> String {
        let template = try Template(text) { Array((files[$0] ?? "").utf8) }
        var buffer = ByteBuffer()
        values.advance()
        template.render(into: &buffer, &values)
        return String(buffer: buffer)
    }

    @Test("a number is the same within a request and steps by the stride from one to the next")
    func number() throws {
        var values = RequestValues(number: 98, stride: 3)
        #expect(try render(#"{"name":"n{n}","email":"{n}@x"}"#, &values) == #"{"name":"n98","email":"98@x"}"#)
        #expect(try render("{n}", &values) == "101")
    }

    @Test("numbers of every length are written whole", arguments: [0, 9, 10, 1_000_000, UInt64.max])
    func digits(number: UInt64) {
        var buffer = ByteBuffer()
        RequestValues.write(number, into: &buffer)
        #expect(String(buffer: buffer) == String(number))
    }

    @Test("a UUID is of version 4 and new for each request")
    func uuid() throws {
        var values = RequestValues(number: 0, stride: 1)
        var seen: Set<String> = []
        for _ in 0..<1_000 {
            let text = try render("{uuid}", &values)
            #expect(text.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
            #expect(seen.insert(text).inserted)
        }
        let twice = try render("{uuid}{uuid}", &values)
        #expect(twice.prefix(36) == twice.suffix(36))
    }

    @Test("a choice is any line of its file")
    func choice() throws {
        var values = RequestValues(number: 0, stride: 1, random: RandomSource(seed: 1))
        var seen: Set<String> = []
        for _ in 0..<200 {
            seen.insert(try render("<{choice:some file}>", &values, files: ["some file": "a\r\nbc\n\nd"]))
        }
        #expect(seen == ["<a>", "<bc>", "<d>"])
    }

    @Test(
        "braces that hold no word stand for themselves", arguments: ["{}", "{\"a\":{}}", "{ n }", "{1}", "{n", "a}b{"])
    func literal(text: String) throws {
        var values = RequestValues(number: 0, stride: 1)
        #expect(try render(text, &values) == text)
        #expect(try Template(text) { _ in [] }.fixed == Array(text.utf8))
    }

    @Test("an unknown placeholder and an empty file are refused with their name")
    func refused() {
        #expect(throws: LoadError("{number} is no placeholder: there are {n}, {uuid} and {choice:FILE}")) {
            try Template("x{number}") { _ in [] }
        }
        #expect(throws: LoadError("lines has no line to choose for {choice:lines}")) {
            try Template("{choice:lines}") { _ in [10, 10] }
        }
    }
}
