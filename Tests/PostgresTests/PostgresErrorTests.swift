// What follows from what PostgreSQL says.
import Testing

@testable import Postgres

@Suite("Errors of PostgreSQL")
struct PostgresErrorTests {
    @Test(
        "the SQLSTATE tells what kind of error it is (PostgreSQL documentation, appendix A)",
        arguments: [
            ("23505", PostgresError.Kind.constraint(.unique)), ("23503", .constraint(.foreignKey)),
            ("23502", .constraint(.notNull)), ("23514", .constraint(.check)), ("23P01", .constraint(.exclusion)),
            ("40001", .transient), ("40P01", .transient), ("55P03", .transient),
            ("25006", .unavailable), ("53300", .unavailable), ("53100", .unavailable),
            ("53400", .other), ("57P01", .unavailable),
            ("57P02", .unavailable), ("57P03", .unavailable), ("57014", .cancelled),
            ("42501", .permission), ("28P01", .permission), ("08006", .connection), ("08P01", .connection),
            ("22001", .data), ("22P02", .data), ("23000", .data), ("42P01", .undefined), ("42703", .undefined),
            ("26000", .undefined), ("42601", .other), ("P0001", .other), ("XX000", .other),
        ])
    func kinds(state: String, kind: PostgresError.Kind) {
        #expect(PostgresError.kind(ofSQLState: state) == kind)
    }

    @Test(
        "what passes by itself is never taken for a refusal of the row, which would be recorded as failed",
        arguments: ["25006", "53300", "57P01", "57P03", "08006", "40001", "40P01", "55P03", "57014"])
    func passing(state: String) {
        #expect(!PostgresError(kind: PostgresError.kind(ofSQLState: state), serverMessage: "").isRefusal)
    }

    @Test("a refusal is neither waited for nor tried again", arguments: ["23505", "22001", "42P01", "42501", "XX000"])
    func refusals(state: String) {
        let error = PostgresError(kind: PostgresError.kind(ofSQLState: state), serverMessage: "")
        #expect(error.isRefusal && !error.isUnavailable && !error.isTransient)
    }

    @Test("what is shown has the code and the constraint, and nothing of what the server said")
    func description() {
        let error = PostgresError(
            kind: .constraint(.unique), sqlState: "23505", constraintName: "users_email_key", tableName: "users",
            serverMessage: "Key (email)=(ada@example.com) already exists.")
        #expect("\(error)".contains("users_email_key") && "\(error)".contains("23505"))
        #expect(!"\(error)".contains("ada"))
    }

    @Test(
        "operators are told why, where that holds no value, SQL or secret",
        arguments: [
            (
                nil, "connection to server at \"h\", port 5432 failed: FATAL:  no pg_hba.conf entry for host\n",
                "connection to server at \"h\", port 5432 failed: FATAL:  no pg_hba.conf entry for host"
            ),
            (nil, "missing \"=\" after \"s3cret\" in connection info string\n", nil),
            (
                "42703", "ERROR:  column \"nme\" does not exist\nLINE 1: SELECT nme FROM users\n",
                "column \"nme\" does not exist"
            ),
            ("42601", "ERROR:  syntax error at or near \"Ada\"\nLINE 1: …\n", "syntax error"),
            ("22P02", "ERROR:  invalid input syntax for type integer: \"Ada\"\n", nil),
            ("P0001", "ERROR:  Ada is not allowed\n", nil),
        ] as [(String?, String, String?)])
    func reason(state: String?, message: String, expected: String?) {
        let error = PostgresError(
            kind: state.map(PostgresError.kind(ofSQLState:)) ?? .connection, sqlState: state, serverMessage: message)
        #expect("\(error)" == error.safeDescription + (expected.map { ": \($0)" } ?? ""))
        #expect(!error.safeDescription.contains("nme") && !error.safeDescription.contains("5432"))
    }
}
