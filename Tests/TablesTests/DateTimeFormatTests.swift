// Points in time that PostgreSQL gives back as they were sent.
import Testing

@testable import Tables

@Suite("Format date-time")
struct DateTimeFormatTests {
    @Test(
        "points in time of the years 1 to 9999 in UTC",
        arguments: [
            "2026-11-24T12:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T01:00:00+01:00", "9999-12-31T23:59:59.999999Z",
            "9999-12-31T18:59:59-05:00", "2000-02-29T00:00:00.1234567+15:59",
        ])
    func good(text: String) {
        #expect(StringFormat.dateTime.matches(text))
    }

    @Test(
        "no others: what PostgreSQL stores of them has no form in RFC 3339",
        arguments: [
            // .NET's earliest time in Berlin, and its latest one, which PostgreSQL rounds.
            "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59-05:00",
            "0000-12-31T23:00:00-02:00", "10000-01-01T00:00:00Z", "2026-11-24T12:00:00+16:00", "2026-11-24",
        ])
    func bad(text: String) {
        #expect(!StringFormat.dateTime.matches(text))
    }
}
