// Exact numbers.
import JSON
import Testing

@Suite("Exact decimal numbers")
struct DecimalTests {
    /// All in ascending order; equal ones share a line.
    static let ascending: [[String]] = [
        ["-1e999999999", "-10e999999998"], ["-1e400"], ["-100", "-1e2", "-100.000"], ["-99.99"], ["-0.02"],
        ["-0.01", "-1e-2"], ["-1e-400"],
        ["0", "-0", "0.000", "0e99", "-0e-99", "0.0e999999999999999999999"],
        ["1e-400", "0.1e-399"], ["0.009999999999999999999999"], ["0.01", "1e-2", "0.010"], ["0.1", "10e-2"],
        ["0.30", "0.3", "3e-1"], ["0.30000000000000004"], ["1", "1.0", "1e0", "1E+0", "100e-2"], ["9.99"],
        ["10", "1e1"], ["9007199254740992"], ["9007199254740993"], ["18446744073709551616"], ["1e400"], ["1.1e400"],
        ["1e999999999"],
    ]

    @Test("every pair is ordered as the numbers are")
    func order() throws {
        for (low, lower) in Self.ascending.enumerated() {
            for (high, higher) in Self.ascending.enumerated() {
                for left in lower {
                    for right in higher {
                        let a = try #require(JSONDecimal(left))
                        let b = try #require(JSONDecimal(right))
                        #expect((a < b) == (low < high), "\(left) < \(right)")
                        #expect((a == b) == (low == high), "\(left) == \(right)")
                    }
                }
            }
        }
    }

    @Test("the text stands for the same number")
    func text() throws {
        for text in Self.ascending.joined() {
            let number = try #require(JSONDecimal(text))
            #expect(JSONDecimal(number.text) == number, "\(text) became \(number.text)")
        }
        let plain = [
            ("-0", "0"), ("1e2", "100"), ("12.3400", "12.34"), ("-5e-3", "-0.005"), ("123e-2", "1.23"), ("1.0", "1"),
            ("100", "100"), ("0.1e1", "1"),
        ]
        for (written, expected) in plain { #expect(JSONDecimal(written)?.text == expected) }
    }

    @Test(
        "digits on both sides of the point are counted without the zeros that say nothing",
        arguments: [
            ("0", 0, 0), ("0.00", 0, 0), ("1", 1, 0), ("100", 3, 0), ("1e2", 3, 0), ("1.50", 1, 1), ("0.05", 0, 2),
            ("-12.345", 2, 3), ("99999999.99", 8, 2), ("1e-3", 0, 3), ("1e400", 401, 0), ("1200e-2", 2, 0),
        ])
    func digits(_ text: String, _ integerDigits: Int, _ fractionDigits: Int) throws {
        let number = try #require(JSONDecimal(text))
        #expect(number.integerDigits == integerDigits)
        #expect(number.fractionDigits == fractionDigits)
        #expect(number.isInteger == (fractionDigits == 0))
    }

    @Test(
        "multiples are told exactly",
        arguments: [
            ("0.3", "0.1", true), ("0.30", "0.01", true), ("0.305", "0.01", false), ("1e400", "7", false),
            ("7e400", "7", true), ("1e400", "0.01", true), ("1e1000000000", "8", true), ("1e1000000000", "3", false),
            ("1e-1000000000", "1", false), ("0", "5", true), ("-15", "5", true), ("-15", "4", false),
            ("12", "0.5", true), ("12.25", "0.5", false), ("1", "3e2", false), ("900", "3e2", true),
            ("900", "3e3", false),
            ("123456789012345678901234567890", "10", true), ("123456789012345678901234567891", "10", false),
            ("19.99", "0.01", true), ("1", "0", false), ("0.1", "999999999999999", false), ("1.5", "1e-9", true),
        ])
    func multiples(_ text: String, _ step: String, _ isMultiple: Bool) throws {
        let number = try #require(JSONDecimal(text))
        #expect(number.isMultiple(of: try #require(JSONDecimal(step))) == isMultiple)
    }

    @Test(
        "what is no JSON number is no decimal",
        arguments: [
            "", " 1", "1 ", "1-2", "e5", ".", "-", "1e5-", "NaN", "0x10", "1e", "00", "1..2", "+1", "1e++1", "5.e1",
        ])
    func noNumbers(_ text: String) {
        #expect(JSONDecimal(text) == nil)
    }
}
