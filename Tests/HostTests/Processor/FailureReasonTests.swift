// What a client is told of a constraint.
import Operations
import Postgres
import Tables
import Testing

@testable import Processor

@Suite("Reasons of failures")
struct FailureReasonTests {
    private func fields(_ constraint: String) throws -> [String] {
        let descriptor = try TableDescriptor(
            parsing: Array(
                """
                {"name":"t","plugin":{"name":"T","version":"1.0.0"},"schemaVersion":1,"key":"id",
                 "columns":[{"name":"id","type":"uuid"},{"name":"name","type":"text","json":"name"},
                            {"name":"first_name","type":"text","json":"firstName"},
                            {"name":"first","type":"text","json":"first"},
                            {"name":"made_by","type":"text","source":"database"}],
                 "operations":["create"]}
                """.utf8))
        let error = PostgresError(
            kind: .constraint(.unique), sqlState: "23505", constraintName: constraint, serverMessage: "")
        return FailureReason.operationError(for: error, in: descriptor).errors.map(\.pointer)
    }

    @Test(
        "a constraint is about the columns that its name is made of, and not about those whose names lie in these",
        arguments: [
            ("t_name_key", ["/name"]), ("t_first_name_key", ["/firstName"]), ("t_first_key", ["/first"]),
            ("t_first_name_name_key", ["/firstName", "/name"]), ("t_made_by_name_key", ["/name"]),
            ("t_name_first_name_key1", ["/name", "/firstName"]), ("t_pkey", []), ("t_id_name_key", ["/name"]),
            ("t_some_name_key", []), ("other_name_key", []),
        ] as [(String, [String])])
    func columns(constraint: String, pointers: [String]) throws {
        #expect(try fields(constraint) == pointers)
    }
}
