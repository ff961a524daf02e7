import Operations
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test(
        "RFC 3339 with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_795_467_308_671_000, "2026-11-23T20:55:08.671Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"), (-1_000, "1969-12-31T23:59:59.999Z"),
        ])
    func description(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test("offsets and fractions are read")
    func offsets() {
        #expect(Timestamp(rfc3339: "1970-01-01T02:00:00.0000015+02:00")?.microseconds == 1)
        #expect(Timestamp(rfc3339: "1969-12-31t19:30:00-04:30")?.microseconds == 0)
    }

    @Test(
        "dates that no calendar has are refused",
        arguments: [
            "", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01",
            "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+2:00",
        ])
    func refused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
