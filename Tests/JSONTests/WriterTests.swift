// Writing JSON.
import JSON
import Testing

@Suite("Writing JSON")
struct WriterTests {
    private static func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("commas stand between what was written and nowhere else")
    func commas() {
        let text = Self.written { writer in
            writer.beginObject()
            writer.name("a")
            writer.beginArray()
            writer.number(1)
            writer.beginArray()
            writer.endArray()
            writer.beginObject()
            writer.endObject()
            writer.null()
            writer.endArray()
            writer.member("b", "x")
            writer.member("c", String?.none)
            writer.member("d", 7)
            writer.member("e", true)
            writer.name("f")
            writer.raw("[1, 2]".utf8)
            writer.name("g")
            writer.bool(false)
            writer.endObject()
        }
        #expect(text == #"{"a":[1,[],{},null],"b":"x","c":null,"d":7,"e":true,"f":[1, 2],"g":false}"#)
    }

    @Test("numbers are JSON numbers, and what JSON can't say is null")
    func numbers() throws {
        let values = [
            0, -0.0, 1.5, 1e300, .leastNonzeroMagnitude, 0.1, .infinity, -.infinity, .nan, 1e16,
            .greatestFiniteMagnitude,
        ]
        for value in values {
            let root = try JSONDocument(parsing: Self.written { $0.number(value) }).root
            #expect(root.double == (value.isFinite ? value : nil))
            #expect(root.isNull == !value.isFinite)
        }
        #expect(Self.written { $0.number(Int64.min) } == "-9223372036854775808")
        #expect(Self.written { $0.number(UInt64.max) } == "18446744073709551615")
    }

    @Test("every character of a string comes back")
    func strings() throws {
        var everything = ""
        for value in UInt32(0)...0x2FFF { everything.unicodeScalars.append(Unicode.Scalar(value) ?? " ") }
        everything += "\u{FFFF}\u{10000}\u{10FFFF}😀\r\n\"\\/"
        let text = Self.written { writer in
            writer.beginObject()
            writer.member(everything, everything)
            writer.endObject()
        }
        let root = try JSONDocument(parsing: text).root
        #expect(root[everything]?.utf8.map(Array.init) == Array(everything.utf8))
        #expect(root.members.map { Array($0.name.utf8) } == [Array(everything.utf8)])
    }
}
