// Results of any size.

extension PostgresConnection {
    /// Runs a statement and hands on its rows in portions while they come, so that only a portion is in memory: the server
    /// waits while `body` does. The connection must be the caller's alone, as one of a pool is.
    ///
    /// - Parameters:
    ///   - bytes: of a portion, about; a larger row is a portion of its own.
    ///   - body: gets results of one row each; `false` ends it, which closes the connection where rows are left.
    /// - Throws: `PostgresError`, also after some rows, and what `body` throws.
    package nonisolated func portions(
        of statement: PostgresStatement, bytes: Int, _ body: ([PostgresRows]) async throws -> Bool
    ) async throws {
        try await run { try $0.startRows(statement) }
        do {
            var isEnd = false
            while !isEnd {
                let portion = try await run { try $0.nextRows(bytes: bytes) }
                isEnd = portion.isEnd
                if portion.rows.isEmpty { break }
                guard try await body(portion.rows) || isEnd else { return await close() }
            }
        } catch let error as PostgresError {
            throw error
        } catch {
            // The rest of the rows would meet the next caller.
            await close()
            throw error
        }
    }

    /// - Returns: `isEnd` where there are no more behind these.
    private func nextRows(bytes: Int) throws(PostgresError) -> (rows: [PostgresRows], isEnd: Bool) {
        var rows: [PostgresRows] = []
        var size = 0
        while size < bytes {
            guard let row = try nextRow() else { return (rows, true) }
            size += row.size
            rows.append(row)
        }
        return (rows, false)
    }
}
