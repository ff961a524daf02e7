// Results that come row by row, and what is asked on the same connection afterwards.
import JSON
import Logging
import Postgres
import Testing

extension Integration {
    @Suite("Rows as they come")
    struct RowsAsTheyCome {
        private func connect() async throws -> PostgresConnection {
            try await PostgresConnection.connect(
                PostgresConfiguration(url: try await IntegrationStack.shared().database, applicationName: "jspg-test"),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }

        private func numbers(
            of sql: String, bytes: Int, on connection: PostgresConnection, stopAfter limit: Int = .max
        ) async throws -> [Int64] {
            var numbers: [Int64] = []
            try await connection.portions(of: PostgresStatement(sql), bytes: bytes) { rows in
                numbers += rows.compactMap { $0.int64(0, 0) }
                return numbers.count < limit
            }
            return numbers
        }

        /// The first time it is prepared, afterwards it is not.
        private func expectUsable(_ connection: PostgresConnection) async throws {
            for _ in 0..<2 {
                let count = try await connection.run { connection in
                    try connection.query("SELECT n FROM generate_series(1, 3) n").count
                }
                #expect(count == 3)
            }
        }

        @Test("the connection goes on as before, however often", arguments: [1, 100, 1 << 20])
        func again(bytes: Int) async throws {
            let connection = try await connect()
            for count in [3, 0, 1, 1_000, 3] {
                let sql = "SELECT n::bigint FROM generate_series(1, \(count)) n"
                #expect(try await numbers(of: sql, bytes: bytes, on: connection).count == count)
                try await expectUsable(connection)
            }
            await connection.close()
        }

        @Test("a statement that fails, at once or after some rows, leaves the connection usable")
        func failures() async throws {
            let connection = try await connect()
            for sql in ["SELECT nonsense", "SELECT 1 / (500 - n)::bigint FROM generate_series(1, 1000) n"] {
                for _ in 0..<2 {
                    await #expect(throws: PostgresError.self) {
                        try await numbers(of: sql, bytes: 1, on: connection)
                    }
                    try await expectUsable(connection)
                }
            }
            await connection.close()
        }

        @Test("who stops before the end closes the connection; at the end it stays open")
        func stopping() async throws {
            let connection = try await connect()
            let sql = "SELECT n::bigint FROM generate_series(1, 100) n"
            #expect(try await numbers(of: sql, bytes: 1 << 20, on: connection, stopAfter: 1).count == 100)
            try await expectUsable(connection)
            #expect(try await numbers(of: sql, bytes: 1, on: connection, stopAfter: 5).count == 5)
            #expect(!connection.isUsable)
        }

        @Test("lists and rows that are not cached, one after the other")
        func overHTTP() async throws {
            let stack = try await IntegrationStack.shared()
            for number in 0..<6 {
                let operation = try Operation(
                    try await HTTPCalls.write(
                        stack.gateway + "/users", key: Operation.newKey, Bodies.user("Row \(number)")))
                #expect(try await operation.end(on: stack)["status"]?.string == "completed")
                let list = try await HTTPCalls.get(stack.readAPI + "/users?limit=\(number + 10)")
                #expect(list.status == 200)
                let row = try await HTTPCalls.get(stack.readAPI + "/users/" + operation.entityID)
                #expect(row.status == 200, "\(row.text)")
            }
        }
    }
}
