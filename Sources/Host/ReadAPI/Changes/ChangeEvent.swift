// Change events, whoever wrote them: pure.
import JSON

/// What a message on `cdc.>` means for the cache. Debezium's format after `ExtractNewRecordState`, its full envelope,
/// with or without the `schema`/`payload` wrapper.
enum ChangeEvent: Equatable {
    /// Rows of the table changed. `committed`: when, in milliseconds since 1970, where the event says so.
    case changed(table: String, transactionID: String?, committed: Int64? = nil)
    /// Snapshot reads, heartbeats, transaction markers, tombstones of deletes that were told before.
    case ignored
    /// Something that can't be understood: the table of the subject, if it has one, is taken for changed.
    case malformed(table: String?)

    /// Up to the year 9999, in milliseconds since 1970; other numbers are no times.
    private static let times: ClosedRange<Int64> = 0...253_402_300_799_999

    /// - Parameter subject: `cdc.{schema}.{table}`.
    init(subject: String, payload: [UInt8]) {
        let parts = subject.split(separator: ".", omittingEmptySubsequences: false)
        let table = parts.count == 3 ? String(parts[2]) : nil
        // Debezium's own topics: heartbeats and transaction metadata.
        if subject.hasPrefix("cdc.__debezium") || subject == "cdc.transaction"
            || table?.hasPrefix("__debezium") == true
        {
            self = .ignored
            return
        }
        guard let table else {
            self = .malformed(table: nil)
            return
        }
        if payload.isEmpty {
            // A tombstone; the delete itself may not have been sent.
            self = .changed(table: table, transactionID: nil)
            return
        }
        guard let document = try? JSONDocument(parsing: payload) else {
            self = .malformed(table: table)
            return
        }
        var event = document.root
        if event["schema"] != nil, let payload = event["payload"] { event = payload }
        if event.isNull {
            self = .changed(table: table, transactionID: nil)
            return
        }
        guard event.kind == .object, let operation = (event["__op"] ?? event["op"])?.string else {
            self = .malformed(table: table)
            return
        }
        let transaction = event["__source_txId"] ?? event["source"]?["txId"]
        let committed = (event["__source_ts_ms"] ?? event["source"]?["ts_ms"])?.int64
        switch operation {
        case "r", "m": self = .ignored
        case "c", "u", "d", "t":
            // A subject has not every character that a name may have.
            self = .changed(
                table: event["__table"]?.string ?? event["source"]?["table"]?.string ?? table,
                transactionID: transaction?.string ?? transaction?.numberText,
                committed: committed.flatMap { Self.times.contains($0) ? $0 : nil })
        default: self = .malformed(table: table)
        }
    }
}
