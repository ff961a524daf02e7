// Several statements at once.
import CLibPQ

extension ConnectionHandle {
    /// Sends all calls and one sync, then reads a result for each.
    ///
    /// - Throws: where the connection is lost; then nothing is known about any call.
    func pipeline(_ calls: [PipelineCall]) throws(PostgresError) -> [Result<PostgresRows, PostgresError>] {
        guard PQenterPipelineMode(connection) == 1 else { throw lostConnection() }
        for call in calls {
            if call.mustPrepare { try sendPrepare(call) }
            try sendQuery(call)
        }
        guard PQpipelineSync(connection) == 1 else { throw lostConnection() }
        var results: [Result<PostgresRows, PostgresError>] = []
        results.reserveCapacity(calls.count)
        var firstError: PostgresError?
        for call in calls {
            var failure: PostgresError?
            if call.mustPrepare { failure = try nextResult().failure }
            let outcome = try nextResult()
            if failure == nil { failure = outcome.failure }
            if case .aborted = outcome, failure == nil { failure = firstError }
            if let failure {
                firstError = firstError ?? failure
                results.append(.failure(firstError ?? failure))
            } else if case .rows(let rows) = outcome {
                results.append(.success(rows))
            }
        }
        try readSync()
        guard results.count == calls.count, PQexitPipelineMode(connection) == 1 else { throw lostConnection() }
        return results
    }

    func sendPrepare(_ call: PipelineCall) throws(PostgresError) {
        guard let name = call.name else { return }
        let types = call.statement.parameters.map { Oid($0.type) }
        guard PQsendPrepare(connection, name, call.statement.sql, Int32(types.count), types) == 1 else {
            throw lostConnection()
        }
    }

    func sendQuery(_ call: PipelineCall) throws(PostgresError) {
        let parameters = call.statement.parameters
        let types = parameters.map { Oid($0.type) }
        let count = Int32(parameters.count)
        let lengths = parameters.map { Int32($0.bytes?.count ?? 0) }
        let formats = parameters.map { Int32($0.isBinary ? 1 : 0) }
        let isSent = withPointers(parameters) { values in
            if let name = call.name {
                PQsendQueryPrepared(connection, name, count, values, lengths, formats, 0)
            } else {
                PQsendQueryParams(connection, call.statement.sql, count, types, values, lengths, formats, 0)
            }
        }
        guard isSent == 1 else { throw lostConnection() }
    }

    /// Lends libpq a pointer to each value for the length of one call; it copies them into its own buffer.
    private func withPointers(
        _ parameters: [PostgresValue], _ body: ([UnsafePointer<CChar>?]) -> Int32
    ) -> Int32 {
        func lend(_ index: Int, _ pointers: inout [UnsafePointer<CChar>?]) -> Int32 {
            guard index < parameters.count else { return body(pointers) }
            guard let bytes = parameters[index].bytes else {
                pointers.append(nil)
                return lend(index + 1, &pointers)
            }
            return bytes.withUnsafeBytes { buffer in
                // An empty array may have no address, which libpq would take for NULL.
                pointers.append((buffer.baseAddress ?? Self.emptyValue).assumingMemoryBound(to: CChar.self))
                return lend(index + 1, &pointers)
            }
        }
        var pointers: [UnsafePointer<CChar>?] = []
        pointers.reserveCapacity(parameters.count)
        return lend(0, &pointers)
    }

    // A static string's address is valid for as long as the process lives.
    private static var emptyValue: UnsafeRawPointer { UnsafeRawPointer(("" as StaticString).utf8Start) }

    enum Outcome {
        case rows(PostgresRows)
        case failed(PostgresError)
        case aborted

        var failure: PostgresError? {
            if case .failed(let error) = self { error } else { nil }
        }
    }

    /// The result of one call and the NULL after it.
    func nextResult() throws(PostgresError) -> Outcome {
        guard let result = PQgetResult(connection) else { throw lostConnection() }
        let outcome: Outcome
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            outcome = .rows(PostgresRows(taking: result))
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            outcome = .aborted
        default:
            outcome = .failed(error(of: result))
            PQclear(result)
        }
        try skipResults()
        guard isUsable else {
            if case .failed(let error) = outcome, error.sqlState != nil { throw error }
            throw lostConnection()
        }
        return outcome
    }

    /// Skips what is left of a statement, up to the NULL after it.
    ///
    /// - Throws: where the statement copies: libpq gives that result again and again, and the connection is of no use any
    ///   more.
    func skipResults() throws(PostgresError) {
        while let result = PQgetResult(connection) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                throw PostgresError(kind: .connection, serverMessage: "a statement began to copy in a pipeline")
            default: break
            }
        }
    }

    func readSync() throws(PostgresError) {
        guard let result = PQgetResult(connection) else { throw lostConnection() }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw lostConnection() }
    }
}
