// Log lines and metrics text.
import Logging
import Synchronization
import Telemetry
import Testing

@Suite("Log lines")
struct TelemetryLogTests {
    private final class Lines: LogOutput {
        private let lines = Mutex<[String]>([])

        func write(line: [UInt8]) {
            lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }

        var all: [String] { lines.withLock { $0 } }
    }

    private func logger(_ format: LogFormat, to lines: Lines, level: Logger.Level = .info) -> Logger {
        Logger(label: "jspg-test") { label in
            LineLogHandler(service: "jspg-test", label: label, level: level, format: format, output: lines) {
                "2026-11-24T00:00:00.000Z"
            }
        }
    }

    @Test("one JSON object a line: time, level, service, message, then the fields")
    func json() {
        let lines = Lines()
        var logger = logger(.json, to: lines)
        logger[metadataKey: LogKey.table] = "items"
        logger.info(
            "Line \"one\"\nand two",
            metadata: [
                LogKey.count: .stringConvertible(3), LogKey.error: "bad", "list": ["a", .stringConvertible(true)],
            ])
        #expect(
            lines.all == [
                #"{"time":"2026-11-24T00:00:00.000Z","level":"info","service":"jspg-test","#
                    + #""message":"Line \"one\"\nand two","count":3,"err":"bad","list":["a",true],"table":"items"}"#
                    + "\n"
            ])
    }

    @Test("the level is honoured, and a field can't take the place of a member")
    func levels() {
        let lines = Lines()
        let logger = logger(.json, to: lines, level: .warning)
        logger.info("not this")
        logger.error("this", metadata: ["level": "x"])
        #expect(lines.all.count == 1)
        #expect(lines.all[0].contains(#""level":"error""#))
        #expect(lines.all[0].contains(#""level_":"x""#))
    }

    @Test("text for people is one line too")
    func text() {
        let lines = Lines()
        logger(.text, to: lines).warning("two\nlines", metadata: [LogKey.reason: "no reason given"])
        #expect(
            lines.all == [
                "2026-11-24T00:00:00.000Z WARNING jspg-test: two\\nlines reason=\"no reason given\"\n"
            ])
    }

    @Test("a long value is cut")
    func long() {
        let lines = Lines()
        logger(.json, to: lines).info("x", metadata: ["a": .string(String(repeating: "y", count: 10_000))])
        #expect(lines.all[0].utf8.count < 2_300)
    }

    @Test("the clock writes RFC 3339")
    func clock() {
        let time = LogClock.now()
        #expect(time.utf8.count == 24)
        #expect(time.hasPrefix("20") && time.hasSuffix("Z"))
    }
}

@Suite("Metrics")
struct TelemetryMetricsTests {
    @Test("counters, gauges and histograms in Prometheus' text format")
    func text() {
        let registry = MetricRegistry()
        let counter = registry.counter("x_total", help: "Xs.", labels: ["table": "a\"b\\c\n"])
        counter.increment()
        counter.increment(by: 2)
        registry.counter("x_total", help: "Xs.", labels: ["table": "d"]).increment()
        registry.gauge("y", help: "Y.").set(1.5)
        registry.gauge("z", help: "Z.") { 7 }
        registry.gauge("none", help: "None.") { nil }
        let histogram = registry.histogram("t_seconds", help: "T.", bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 3] { histogram.record(value) }
        let text = String(decoding: registry.prometheusText(), as: UTF8.self)
        #expect(
            text == """
                # HELP x_total Xs.
                # TYPE x_total counter
                x_total{table="a\\"b\\\\c\\n"} 3
                x_total{table="d"} 1
                # HELP y Y.
                # TYPE y gauge
                y 1.5
                # HELP z Z.
                # TYPE z gauge
                z 7
                # HELP none None.
                # TYPE none gauge
                # HELP t_seconds T.
                # TYPE t_seconds histogram
                t_seconds_bucket{le="0.1"} 2
                t_seconds_bucket{le="1"} 3
                t_seconds_bucket{le="+Inf"} 4
                t_seconds_sum 3.65
                t_seconds_count 4

                """)
    }

    @Test("the same name and labels are the same metric, from many tasks at once")
    func shared() async {
        let registry = MetricRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = registry.counter("n_total", help: "N.")
                    for _ in 0..<1_000 { counter.increment() }
                }
            }
        }
        #expect(registry.counter("n_total", help: "N.").value == 8_000)
    }

    @Test("the process tells its memory and processor time")
    func process() {
        let registry = MetricRegistry()
        ProcessMetrics.register(in: registry)
        let text = String(decoding: registry.prometheusText(), as: UTF8.self)
        #expect(text.contains("process_cpu_seconds_total "))
        #expect(text.contains("process_resident_memory_bytes "))
    }
}
