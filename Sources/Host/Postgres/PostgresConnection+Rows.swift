// Results of any size.

extension PostgresConnection {
    /// Runs a statement and hands on its rows in portions while they come, so that only a portion is in memory: the server
    /// waits while `body` does. The connection must be the caller's alone, as one of a pool is.
    ///
    /// - Parameters:
    ///   - bytes: of a portion, about; a larger row is a portion of its own.
    ///   - body: gets results of one row each; `false` ends it, which closes the connection.
    /// - Throws: `PostgresError`, also after some rows, and what `body` throws.
    package nonisolated func portions(
        of statement: PostgresStatement, bytes: Int, _ body: ([PostgresRows]) async throws -> Bool
    ) async throws {
        try await run { try $0.startRows(statement) }
        do {
            while let rows = try await run({ try $0.nextRows(bytes: bytes) }) {
                guard try await body(rows) else { return await close() }
            }
        } catch let error as PostgresError {
            throw error
        } catch {
            // The rest of the rows would meet the next caller.
            await close()
            throw error
        }
    }

    /// - Returns: `nil` where there are no more.
    private func nextRows(bytes: Int) throws(PostgresError) -> [PostgresRows]? {
        var rows: [PostgresRows] = []
        var size = 0
        while size < bytes, let row = try nextRow() {
            size += row.size
            rows.append(row)
        }
        return rows.isEmpty ? nil : rows
    }
}
