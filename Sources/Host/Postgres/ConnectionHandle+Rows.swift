// One statement whose rows are read as they come.
import CLibPQ

extension ConnectionHandle {
    /// Sends one call whose rows `nextRow` then returns as they come.
    ///
    /// In pipeline mode as well: only there libpq leaves single-row mode behind the last row. Otherwise it lasts until the
    /// next statement outside of a pipeline, and results of a pipeline come row by row.
    func startRows(_ call: PipelineCall) throws(PostgresError) {
        guard PQenterPipelineMode(connection) == 1 else { throw lostConnection() }
        if call.mustPrepare { try sendPrepare(call) }
        try sendQuery(call)
        guard PQpipelineSync(connection) == 1 else { throw lostConnection() }
        if call.mustPrepare, let failure = try nextResult().failure {
            // The call itself was not run.
            _ = try nextResult()
            try endRows()
            throw failure
        }
        guard PQsetSingleRowMode(connection) == 1 else { throw lostConnection() }
    }

    /// Waits for the next row; `nil` after the last. Not to be called again then.
    ///
    /// - Throws: where the statement fails, also after some rows.
    func nextRow() throws(PostgresError) -> PostgresRows? {
        guard let result = PQgetResult(connection) else { throw lostConnection() }
        if PQresultStatus(result) == PGRES_SINGLE_TUPLE { return PostgresRows(taking: result) }
        let failure = PQresultStatus(result) == PGRES_TUPLES_OK ? nil : error(of: result)
        PQclear(result)
        try skipResults()
        if failure == nil || isUsable { try endRows() }
        if let failure { throw failure }
        return nil
    }

    private func endRows() throws(PostgresError) {
        try readSync()
        guard PQexitPipelineMode(connection) == 1 else { throw lostConnection() }
    }
}
