// Money is exact.
import PluginAPI
import Testing

@Suite("Exact decimals")
struct ExactDecimalTests {
    private func decimal(_ text: String) throws -> ExactDecimal { try #require(ExactDecimal(text)) }

    @Test("0.1 + 0.2 is 0.30")
    func sum() throws {
        #expect(try decimal("0.1") + decimal("0.2") == decimal("0.30"))
    }

    @Test(
        "Text is read and written without a change of value",
        arguments: [
            ("0.30", "0.3"), ("1e2", "100"), ("1.5E-3", "0.0015"), ("-0.0", "0"), ("100.00", "100"),
            ("-12.50", "-12.5"),
            ("0.000000000000000000000000000000000000001", "0.000000000000000000000000000000000000001"),
            ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"), ("10e-1", "1"),
            ("-0.07", "-0.07"), ("120", "120"), ("0e999999", "0"),
        ])
    func text(_ text: String, _ expected: String) throws {
        #expect(try decimal(text).description == expected)
    }

    @Test(
        "What is no number, or can't be exact, is refused",
        arguments: [
            "", "-", ".5", "1.", "01", "+1", "1e", "1e+", "0x1", "NaN", " 1", "1 ", "1_000", "--1", "1.2.3",
            "123456789012345678901234567890123456789", "0.1000000000000000000000000000000000000001", "1e2000",
            "1e-2000",
            "1e99999999999999999999999",
        ])
    func refused(_ text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    @Test("Products and differences are exact")
    func arithmetic() throws {
        #expect(try decimal("19.99") * 3 == decimal("59.97"))
        #expect(try decimal("0.3") - decimal("0.1") == decimal("0.2"))
        #expect(try decimal("1e20") + decimal("1e-17") == decimal("100000000000000000000.00000000000000001"))
    }

    @Test("A result with too many digits throws and never rounds")
    func overflow() throws {
        let large = try decimal("99999999999999999999999999999999999999")
        #expect(throws: WriteRejection.self) { try large * large }
        #expect(throws: WriteRejection.self) { try large + decimal("0.1") }
        #expect(throws: WriteRejection.self) { try decimal("1e900") + 1 }
        #expect(throws: WriteRejection.self) { try decimal("1e900") * decimal("1e900") }
    }

    @Test(
        "Halves round away from zero, as in PostgreSQL",
        arguments: [
            ("0.005", 2, "0.01"), ("-0.005", 2, "-0.01"), ("0.00499", 2, "0"), ("0.999", 2, "1"), ("2.675", 2, "2.68"),
            ("15", 0, "15"), ("1.5", 0, "2"), ("1e-500", 2, "0"), ("0.99999999999999999999999999999999999999", 0, "1"),
            ("1.25", 5, "1.25"),
        ])
    func rounding(_ text: String, _ scale: Int, _ expected: String) throws {
        #expect(try decimal(text).rounded(toScale: scale) == decimal(expected))
    }

    @Test("Order goes by value")
    func order() throws {
        let sorted = try ["-1e30", "-2", "-1.5", "0", "1e-30", "0.1", "0.11", "2", "10", "1e30"].map(decimal)
        #expect(sorted.shuffled().sorted() == sorted)
        for (low, high) in zip(sorted, sorted.dropFirst()) { #expect(low < high && !(high < low)) }
    }

    @Test("Every product and sum of cents agrees with integers")
    func cents() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let price = Int64.random(in: 1...99_999_999, using: &generator)
            let quantity = Int64.random(in: 1...100_000, using: &generator)
            let text = "\(price / 100).\(price % 100 < 10 ? "0" : "")\(price % 100)"
            let cents = try decimal(text) * ExactDecimal(quantity) * 100
            #expect(cents == ExactDecimal(price * quantity))
        }
    }
}
