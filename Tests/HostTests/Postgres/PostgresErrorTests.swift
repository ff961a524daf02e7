// What PostgreSQL's errors mean for whoever waits.
import HTTP
import HTTPTypes
import Testing

@testable import Postgres
@testable import Processor
@testable import ReadAPI

@Suite("Errors of PostgreSQL")
struct PostgresErrorTests {
    @Test(
        "what is no row's fault is waited for",
        arguments: ["53000", "53100", "53200", "53300", "58000", "58030", "58P01", "XX001", "XX002", "57P03"])
    func unavailable(state: String) {
        #expect(PostgresError.kind(ofSQLState: state) == .unavailable)
    }

    @Test("an error of a server that works is not", arguments: ["54000", "XX000", "P0001", "0A000"])
    func other(state: String) {
        #expect(PostgresError.kind(ofSQLState: state) == .other)
    }

    @Test("a connection that the server refuses is told from what it refuses a user in")
    func refusedConnection() {
        #expect(PostgresError(kind: .permission, serverMessage: "").isRefusedConnection)
        #expect(PostgresError(kind: .undefined, serverMessage: "").isRefusedConnection)
        #expect(!PostgresError(kind: .permission, sqlState: "42501", serverMessage: "").isRefusedConnection)
        #expect(!PostgresError(kind: .other, serverMessage: "").isRefusedConnection)
    }

    @Test("a read is repeated where waiting helps, and said to lack its table only where that is so")
    func reads() {
        func problem(_ kind: PostgresError.Kind, _ state: String?) -> Problem? {
            Problem(reading: PostgresError(kind: kind, sqlState: state, serverMessage: ""))
        }
        let waiting: [(PostgresError.Kind, String?)] = [
            (.connection, nil), (.unavailable, "57P03"), (.transient, "40001"), (.cancelled, "57014"),
            (.permission, nil), (.undefined, nil),
        ]
        for (kind, state) in waiting {
            #expect(problem(kind, state)?.headers[.retryAfter] == "1", "\(kind)")
            #expect(problem(kind, state)?.detail.contains("migrations") == false, "\(kind)")
        }
        for state in ["42P01", "42703"] {
            #expect(problem(.undefined, state)?.detail.contains("migrations") == true)
        }
        #expect(problem(.undefined, "42883") == nil && problem(.permission, "42501") == nil)
    }

    @Test("an attempt that its process lives through counts only where PostgreSQL refuses what the message has in it")
    func attempts() {
        func counts(_ kind: PostgresError.Kind, _ state: String?) -> Bool {
            AttemptCaution.counts(PostgresError(kind: kind, sqlState: state, serverMessage: ""))
        }
        #expect(counts(.constraint(.foreignKey), "23503") && counts(.data, "22P05") && counts(.other, "P0001"))
        #expect(!counts(.permission, nil) && !counts(.permission, "42501") && !counts(.undefined, "42P01"))
        #expect(!counts(.other, nil) && !counts(.unavailable, "53100") && !counts(.connection, nil))
        #expect(!AttemptCaution.counts(CancellationError()))
    }
}
