// Looking at what was parsed.
import JSON
import Testing

@Suite("JSON values")
struct ValueTests {
    @Test("every kind of value is found where it stands")
    func kinds() throws {
        let root = try JSONDocument(parsing: #" {"a":[1,"x",true,false,null,{}],"b":{"c":-2.50}} "#).root
        #expect(root.kind == .object && root.count == 2)
        let list = try #require(root["a"])
        #expect(list.elements.map(\.kind) == [.number, .string, .boolean, .boolean, .null, .object])
        #expect(list[1]?.string == "x" && list[2]?.bool == true && list[3]?.bool == false && list[4]?.isNull == true)
        #expect(list[5]?.count == 0 && list[6] == nil && list[-1] == nil)
        #expect(root["b"]?["c"]?.numberText == "-2.50")
        #expect(root["b"]?["d"] == nil && root["b"]?[0] == nil && list["a"] == nil)
        #expect(root.members.map(\.name) == ["a", "b"])
        #expect(String(decoding: root["b"]?.source ?? [], as: UTF8.self) == #"{"c":-2.50}"#)
    }

    @Test("a value is only what it is")
    func otherKinds() throws {
        for text in ["1", "null", "true", "[]", "{}"] {
            #expect(try JSONDocument(parsing: text).root.string == nil)
        }
        let text = try JSONDocument(parsing: "\"1\"").root
        #expect(text.int64 == nil && text.numberText == nil && text.double == nil && text.bool == nil)
        #expect(text.decimal == nil && Array(text.members).isEmpty && Array(text.elements).isEmpty && text.count == 0)
    }

    @Test("escapes are resolved, and only in what is asked for")
    func escapes() throws {
        let root = try JSONDocument(parsing: #"["\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00\u0000","\u006b"]"#).root
        #expect(root[0]?.string == "\"\\/\u{8}\u{C}\n\r\tAé€😀\u{0}")
        #expect(root[1]?.utf8.map(Array.init) == [0x6B])
        #expect(try JSONDocument(parsing: #"{"\u006b":1}"#).root["k"]?.int64 == 1)
        #expect(try JSONDocument(parsing: #"{"k":1}"#).root["\\u006b"] == nil)
    }

    @Test(
        "whole numbers that fit are integers, however they are written",
        arguments: [
            ("0", 0), ("-0", 0), ("1.0", 1), ("1e2", 100), ("12.50e1", 125), ("-1E+2", -100), ("100e-2", 1),
            ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min), ("9223372036854775807.000", .max),
            ("922337203685477580700e-2", .max), ("0e999999999999", 0), ("0.0000", 0),
        ])
    func integers(_ text: String, _ value: Int64) throws {
        #expect(try JSONDocument(parsing: text).root.int64 == value)
    }

    @Test(
        "what is not whole or does not fit is no integer",
        arguments: [
            "1.5", "1e-1", "9223372036854775808", "-9223372036854775809", "1e19", "1e400", "1e999999999999999999999",
            "0.1e0",
        ])
    func noIntegers(_ text: String) throws {
        #expect(try JSONDocument(parsing: text).root.int64 == nil)
    }

    @Test("10^400 is a number and stays what it is")
    func huge() throws {
        let digits = "1" + String(repeating: "0", count: 400)
        for text in ["1e400", digits, "1E+400", "10e399"] {
            let value = try JSONDocument(parsing: text).root
            #expect(value.numberText == text)
            #expect(value.double == nil && value.int64 == nil)
            #expect(value.decimal == JSONDecimal("1e400"))
            #expect(Array(value.source) == Array(text.utf8))
        }
    }

    @Test("0.1 is not a binary number")
    func exactness() throws {
        let value = try JSONDocument(parsing: "0.1000000000000000055511151231257827").root
        #expect(value.numberText == "0.1000000000000000055511151231257827")
        #expect(value.decimal != JSONDecimal("0.1"))
        #expect(value.double == 0.1)
    }
}
