// What the log says of a database that is away.
import Logging
import Postgres
import Synchronization
import Telemetry
import Testing

@testable import Processor

@Suite("Availability of PostgreSQL")
struct DatabaseAvailabilityTests {
    private final class Lines: LogOutput {
        private let lines = Mutex<[String]>([])

        func write(line: [UInt8]) {
            lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }

        var all: [String] { lines.withLock { $0 } }
    }

    @Test("an outage is logged once, however often work meets it, and its end when work goes through")
    func logged() {
        let lines = Lines()
        let logger = Logger(label: "test") { label in
            LineLogHandler(service: "test", label: label, level: .info, format: .text, output: lines)
        }
        let pool = PostgresPool(
            PostgresConfiguration(url: "postgres://127.0.0.1:1/none", applicationName: "test"), size: 1, logger: logger)
        let availability = DatabaseAvailability(pool: pool, logger: logger)
        let error = PostgresError(kind: .unavailable, sqlState: "53100", serverMessage: "")
        for _ in 0..<100 { availability.reportUnavailable(error) }
        #expect(!availability.isAvailable)
        #expect(lines.all.count == 1 && lines.all[0].contains("takes no writes"))
        for _ in 0..<100 { availability.reportRecovery() }
        #expect(lines.all.count == 2 && lines.all[1].contains("takes writes again"))
        availability.reportUnavailable(error)
        #expect(lines.all.count == 3)
    }
}
