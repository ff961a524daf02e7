import JSON
@testable import Load
import Testing

@Suite("Latencies")
struct LatencyTests {
    @Test("quantiles are in milliseconds, to three digits")
    func quantiles() throws {
        var histogram = LatencyHistogram()
        for milliseconds in UInt64(1)...1_000 { histogram.record(milliseconds * 1_000_000) }
        let summary = try #require(histogram.summary)
        for (value, wanted) in zip(summary.values, [500.5, 500, 900, 990, 999, 1_000]) {
            #expect(abs(value - wanted) <= wanted / 1_000)
        }
    }

    @Test("nothing recorded has no summary; impossible and endless times are kept within bounds")
    func bounds() throws {
        var histogram = LatencyHistogram()
        #expect(histogram.summary == nil)
        histogram.record(from: 5, to: 4)
        #expect(histogram.summary?.max == 0)
        histogram.record(.max)
        let longest = try #require(histogram.summary?.max)
        #expect(abs(longest - 3_600_000) < 3_600)
    }

    @Test("two threads' counts add up")
    func sum() {
        var first = LoadTally()
        first.count(HTTPResponse(status: 202, keepsConnection: true, byteCount: 10))
        first.latency.record(1_000_000)
        var second = LoadTally()
        second.count(HTTPResponse(status: 202, keepsConnection: true, byteCount: 5))
        second.count(HTTPResponse(status: 503, keepsConnection: true, byteCount: 5))
        second.count(.timeout)
        second.count(.connection("refused"))
        second.latency.record(3_000_000)
        first.add(second)
        #expect((first.answered, first.bytes, first.errors, first.failure) == (3, 20, 2, "refused"))
        #expect(first.statuses.map(\.status) == [202, 503])
        #expect(first.statuses.map(\.count) == [2, 1])
        #expect(first.latency.summary?.mean == 2)
    }

    @Test("the JSON has the members that programs look for, and null where nothing was measured")
    func json() throws {
        var tally = LoadTally()
        tally.count(HTTPResponse(status: 202, keepsConnection: true, byteCount: 10))
        tally.latency.record(1_500_000)
        var writer = JSONWriter()
        writer.beginObject()
        writer.members(
            of: tally, seconds: 2, intendedRate: nil, latency: tally.latency.summary,
            serviceTime: tally.serviceTime.summary)
        writer.endObject()
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"requests":1,"seconds":2.0,"rate":0.5,"intendedRate":null,"statuses":{"202":1},"errors":0,"unsent":0,"#
                + #""bytes":10,"latency":{"mean":1.5,"p50":1.5,"p90":1.5,"p99":1.5,"p99.9":1.5,"max":1.5},"serviceTime":null}"#
        )
    }
}
