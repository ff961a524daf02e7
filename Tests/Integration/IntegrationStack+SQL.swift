// What the database has, behind the hosts' back.
import Logging
import Postgres
import Stack

extension IntegrationStack {
    /// Runs several statements, each in a transaction of its own.
    func script(_ sql: String) async throws {
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(url: database, applicationName: "tests"), logger: Logger(label: "tests"))
        let statements = sql.split(separator: ";").map { PostgresStatement(String($0), isPrepared: false) }
        try await connection.run { connection in
            for statement in statements { for result in try connection.pipeline([statement]) { _ = try result.get() } }
        }
        await connection.close()
    }

    /// Runs a statement.
    ///
    /// - Returns: the rows' values as text; NULL is empty.
    @discardableResult
    func rows(_ sql: String) async throws -> [[String]] {
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(url: database, applicationName: "tests"), logger: Logger(label: "tests"))
        do {
            let rows = try await connection.run { connection in
                let rows = try connection.query(sql)
                return (0..<rows.count).map { row in
                    (0..<rows.columnCount).map { rows.string(row, $0) ?? "" }
                }
            }
            await connection.close()
            return rows
        } catch {
            await connection.close()
            throw error
        }
    }
}
