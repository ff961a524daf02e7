// What the database has, behind the hosts' back.
import Logging
import Postgres
import Stack

extension IntegrationStack {
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
