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

    /// Rows that are in memory at a time.
    private static let rowsAtOnce = 1_000

    /// - Parameters:
    ///   - name: of the snapshot that the slot's connection has exported; valid while that connection stays as it is.
    ///   - position: where the slot begins; part of the events' ids.
    /// - Returns: how many rows were stored.
    func publish(
        _ name: String, at position: LogSequenceNumber, tables: [(schema: String, table: String)]
    ) async throws -> Int {
        let connection = try await PostgresConnection.connect(configuration, logger: logger)
        do {
            let literal = "'\(name.replacing("'", with: "''"))'"
            try await connection.run { connection in
                try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                try connection.execute("SET TRANSACTION SNAPSHOT \(literal)")
            }
            var count = 0
            for (schema, table) in tables {
                count += try await publish(schema, table, of: connection, at: position)
            }
            await connection.close()
            return count
        } catch {
            await connection.close()
            throw error
        }
    }

    private func publish(
        _ schema: String, _ table: String, of connection: PostgresConnection, at position: LogSequenceNumber
    ) async throws -> Int {
        let now = Timestamp.now()
        let columns = try await connection.run { connection in
            let columns = try Self.columns(of: schema, table, on: connection)
            let values = columns.map { "\(PostgresIdentifier.quoted($0.name))::text" }.joined(separator: ", ")
            try connection.execute(
                "DECLARE jspg_snapshot NO SCROLL CURSOR FOR SELECT \(values) FROM \(PostgresIdentifier.quoted(schema)).\(PostgresIdentifier.quoted(table))"
            )
            return columns
        }
        var count = 0
        let maximumBytes = publisher.maximumPayload
        while true {
            let first = count
            let messages = try await connection.run { connection in
                let rows = try connection.query("FETCH \(Self.rowsAtOnce) FROM jspg_snapshot")
                return (0..<rows.count).map { row in
                    let values = columns.indices.map { column -> PublicationMessage.Value in
                        rows.bytes(row, column).map { .text($0) } ?? .null
                    }
                    let event = ChangeWriter.read(
                        schema: schema, table: table, columns: columns, row: values, at: now.microseconds,
                        maximumBytes: maximumBytes)
                    var headers = NATSHeaders()
                    headers.append(MessageHeader.messageID, "\(position)-\(schema).\(table)-\(first + row)")
                    return NATSMessage(subject: event.subject, headers: headers, payload: event.payload)
                }
            }
            if messages.isEmpty { break }
            try await publisher.storeAll(messages, logger: logger)
            count += messages.count
        }
        try await connection.run { connection in try connection.execute("CLOSE jspg_snapshot") }
        return count
    }

    private static func columns(
        of schema: String, _ table: String, on connection: isolated PostgresConnection
    ) throws -> [PublicationMessage.Column] {
        let rows = try connection.query(
            """
            SELECT a.attname, a.atttypid::bigint, coalesce(a.attnum = ANY (i.indkey), false)
            FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
            WHERE a.attrelid = format('%I.%I', $1::text, $2::text)::regclass AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """, [.text(schema), .text(table)])
        return (0..<rows.count).map { row in
            PublicationMessage.Column(
                isKey: rows.string(row, 2) == "t", name: rows.string(row, 0) ?? "",
                type: UInt32(truncatingIfNeeded: rows.int64(row, 1) ?? 0))
        }
    }
}
