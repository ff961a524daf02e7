// What the tables hold when capture begins.
import JetStream
import Logging
import Operations
import Postgres

/// Publishes every row of the captured tables as a read (`__op` is `r`), as of the moment from which the slot sends
/// changes: no change is missing between the two, and none is told twice.
struct InitialSnapshot: Sendable {
    let configuration: PostgresConfiguration
    let publisher: ChangePublisher
    let logger: Logger

    /// Bytes of rows that are received at a time, about: a small row costs many times its bytes until it is an event.
    private static let portion = 16 << 10

    /// - Parameters:
    ///   - name: of the snapshot that the slot's connection has exported; valid while that connection stays as it is.
    ///   - position: where the slot begins; part of the events' ids.
    /// - Returns: how many rows were stored.
    func publish(
        _ name: String, at position: LogSequenceNumber, tables: [CapturedTable]
    ) async throws -> Int {
        let connection = try await PostgresConnection.connect(configuration, logger: logger)
        do {
            let literal = "'\(name.replacing("'", with: "''"))'"
            try await connection.run { connection in
                try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                try connection.execute("SET TRANSACTION SNAPSHOT \(literal)")
                // A table is one statement, which takes as long as its rows take to be stored.
                try connection.execute("SET LOCAL statement_timeout = 0")
            }
            var count = 0
            for table in tables { count += try await publish(table, of: connection, at: position) }
            await connection.close()
            return count
        } catch {
            await connection.close()
            throw error
        }
    }

    private func publish(
        _ table: CapturedTable, of connection: PostgresConnection, at position: LogSequenceNumber
    ) async throws -> Int {
        let now = Timestamp.now()
        let columns = try await connection.run { connection in try Self.columns(of: table, on: connection) }
        let statement = PostgresStatement(Self.sql(of: table, columns: columns.map(\.name)), isPrepared: false)
        let maximumBytes = publisher.maximumPayload
        var count = 0
        var (pending, bytes): ([NATSMessage], Int) = ([], 0)
        try await connection.portions(of: statement, bytes: Self.portion) { rows in
            for row in rows {
                let values = columns.indices.map { column -> PublicationMessage.Value in
                    row.bytes(0, column).map { .text($0) } ?? .null
                }
                let event = ChangeWriter.read(
                    table, columns: columns, row: values, at: now.microseconds, maximumBytes: maximumBytes)
                var headers = NATSHeaders()
                headers.append(MessageHeader.messageID, "\(position)-\(table.schema).\(table.name)-\(count)")
                pending.append(NATSMessage(subject: event.subject, headers: headers, payload: event.payload))
                bytes += event.payload.count
                count += 1
            }
            if pending.count >= ChangePublisher.maximumBatch || bytes >= ChangePublisher.maximumBatchBytes {
                try await publisher.storeAll(pending, logger: logger)
                (pending, bytes) = ([], 0)
            }
            return true
        }
        try await publisher.storeAll(pending, logger: logger)
        return count
    }

    /// Selects what the publication has of a table. Without a cast to `text`, whose result can differ from the text that a
    /// value is sent as, which is what changes have: `true` for `t`.
    static func sql(of table: CapturedTable, columns: [String]) -> String {
        let values = columns.map { PostgresIdentifier.quoted($0) }.joined(separator: ", ")
        let name = "\(PostgresIdentifier.quoted(table.schema)).\(PostgresIdentifier.quoted(table.name))"
        return "SELECT \(values) FROM \(name)" + (table.rowFilter.map { " WHERE \($0)" } ?? "")
    }

    private static func columns(
        of table: CapturedTable, on connection: isolated PostgresConnection
    ) throws -> [PublicationMessage.Column] {
        let rows = try connection.query(
            """
            SELECT a.attname, a.atttypid::bigint, coalesce(a.attnum = ANY (i.indkey), false)
            FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
            WHERE a.attrelid = format('%I.%I', $1::text, $2::text)::regclass AND a.attnum > 0 AND NOT a.attisdropped
                AND a.attname = ANY ($3::text::name[])
            ORDER BY a.attnum
            """, [.text(table.schema), .text(table.name), .text(table.columns)])
        return (0..<rows.count).map { row in
            PublicationMessage.Column(
                isKey: rows.string(row, 2) == "t", name: rows.string(row, 0) ?? "",
                type: UInt32(truncatingIfNeeded: rows.int64(row, 1) ?? 0))
        }
    }
}
