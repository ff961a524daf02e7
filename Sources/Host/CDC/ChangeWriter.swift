// From replication messages to change events: pure.
import JSON

/// Writes change events in Debezium's flat form: the row's columns, then what `ExtractNewRecordState` adds with
/// `add.fields=op,table,source.ts_ms,source.txId`. Knows the relations that PostgreSQL has described.
struct ChangeWriter {
    /// An event on its way to JetStream.
    struct Event: Equatable {
        /// `cdc.{schema}.{table}`, with `_` for what a subject can't have; `__table` has the name as it is.
        let subject: String
        let payload: [UInt8]
    }

    /// A change of a relation that was never described.
    struct UnknownRelation: Error, CustomStringConvertible {
        let id: UInt32
        var description: String { "PostgreSQL sent a change of relation \(id) without its description" }
    }

    private struct Relation {
        let subject: String
        let table: String
        let columns: [PublicationMessage.Column]

        init(schema: String, table: String, columns: [PublicationMessage.Column]) {
            subject = "cdc.\(Self.token(schema)).\(Self.token(table))"
            self.table = table
            self.columns = columns
        }

        init(_ table: CapturedTable, columns: [PublicationMessage.Column] = []) {
            self.init(schema: table.schema, table: table.name, columns: columns)
        }

        /// Whether two rows differ in a column of the key.
        func hasOtherKey(_ old: [PublicationMessage.Value], _ new: [PublicationMessage.Value]) -> Bool {
            zip(columns, zip(old, new)).contains { column, values in
                column.isKey && values.1 != .unchanged && values.0 != values.1
            }
        }

        /// A dot would end the token, and blanks and wildcards are refused: one such name would stop all others.
        private static func token(_ name: String) -> String {
            var token = String.UnicodeScalarView()
            for scalar in name.unicodeScalars {
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_", "-": token.append(scalar)
                default: token.append("_")
                }
            }
            return String(token)
        }
    }

    /// The largest payload that JetStream takes. A change whose event would be larger is told without its row.
    private let maximumBytes: Int
    private var relations: [UInt32: Relation] = [:]
    private var time: Int64 = 0
    private var transaction: UInt32 = 0

    init(maximumBytes: Int = .max) {
        self.maximumBytes = maximumBytes
    }

    /// Takes a message.
    ///
    /// - Returns: the events that it means; none for most kinds, one for each table for a truncate.
    mutating func events(for message: PublicationMessage) throws(UnknownRelation) -> [Event] {
        switch message {
        case .begin(_, let time, let transaction):
            (self.time, self.transaction) = (time, transaction)
            return []
        case .relation(let id, let schema, let table, let columns):
            relations[id] = Relation(schema: schema, table: table, columns: columns)
            return []
        case .insert(let id, let row): return [sized("c", try relation(id), row, keyOnly: false)]
        case .update(let id, let old, let row):
            let relation = try relation(id)
            guard let old, relation.hasOtherKey(old, row) else { return [sized("u", relation, row, keyOnly: false)] }
            // Who keeps a copy has the row under its former key. Of the new one it knows nothing, not even what is unchanged.
            return [
                sized("d", relation, old, keyOnly: true),
                sized("c", relation, row, keyOnly: false, isShortened: row.contains(.unchanged)),
            ]
        case .delete(let id, let old): return [sized("d", try relation(id), old, keyOnly: true)]
        case .truncate(let ids):
            var events: [Event] = []
            for id in ids { events.append(event("t", try relation(id), [], keyOnly: true)) }
            return events
        case .commit, .other: return []
        }
    }

    /// An event that says of a table that the transaction under way has changed some of its rows.
    func change(of id: UInt32) throws(UnknownRelation) -> Event {
        event("u", try relation(id), [], keyOnly: true, isShortened: true)
    }

    /// An event that says of a table that any of its rows may have changed.
    ///
    /// - Parameter time: when that was found out, microseconds since 1970.
    static func doubt(of table: CapturedTable, at time: Int64) -> Event {
        var writer = ChangeWriter()
        writer.time = time
        return writer.event("u", Relation(table), [], keyOnly: true, isShortened: true)
    }

    /// An event that says of a table that it has no rows but those that follow.
    ///
    /// - Parameter time: microseconds since 1970.
    static func truncation(of table: CapturedTable, at time: Int64) -> Event {
        var writer = ChangeWriter()
        writer.time = time
        return writer.event("t", Relation(table), [], keyOnly: true)
    }

    /// An event of a row as a snapshot has it.
    ///
    /// - Parameters:
    ///   - time: of the snapshot, microseconds since 1970.
    ///   - maximumBytes: as for a writer.
    static func read(
        _ table: CapturedTable, columns: [PublicationMessage.Column], row: [PublicationMessage.Value],
        at time: Int64, maximumBytes: Int
    ) -> Event {
        var writer = ChangeWriter(maximumBytes: maximumBytes)
        writer.time = time
        return writer.sized("r", Relation(table, columns: columns), row, keyOnly: false)
    }

    private func relation(_ id: UInt32) throws(UnknownRelation) -> Relation {
        guard let relation = relations[id] else { throw UnknownRelation(id: id) }
        return relation
    }

    /// The whole row, or its key alone, or not even that, as there is room for it.
    private func sized(
        _ operation: String, _ relation: Relation, _ row: [PublicationMessage.Value], keyOnly: Bool,
        isShortened: Bool = false
    ) -> Event {
        let event = event(operation, relation, row, keyOnly: keyOnly, isShortened: isShortened)
        if event.payload.count <= maximumBytes { return event }
        let short = self.event(operation, relation, row, keyOnly: true, isShortened: true)
        return short.payload.count <= maximumBytes
            ? short : self.event(operation, relation, [], keyOnly: true, isShortened: true)
    }

    private func event(
        _ operation: String, _ relation: Relation, _ row: [PublicationMessage.Value], keyOnly: Bool,
        isShortened: Bool = false
    ) -> Event {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        for (column, value) in zip(relation.columns, row) where !keyOnly || column.isKey {
            switch value {
            case .unchanged: continue
            case .null:
                writer.name(column.name)
                writer.null()
            case .text(let text):
                writer.name(column.name)
                Self.write(text, type: column.type, to: &writer)
            }
        }
        writer.member("__op", operation)
        writer.member("__table", relation.table)
        writer.member("__source_ts_ms", time / 1_000)
        if transaction > 0 { writer.member("__source_txId", Int64(transaction)) }
        if isShortened { writer.member("__shortened", true) }
        writer.endObject()
        return Event(subject: relation.subject, payload: writer.bytes)
    }

    /// Booleans and numbers as JSON has them; everything else as text, as Debezium writes it for `json`, `uuid` and the
    /// like. A `numeric` is text too: its digits are exact.
    private static func write(_ text: [UInt8], type: UInt32, to writer: inout JSONWriter) {
        switch type {
        case 16: writer.bool(text == [UInt8(ascii: "t")])
        // int8, int2, int4, oid
        case 20, 21, 23, 26: writer.raw(text)
        // float4, float8: NaN and the infinities are no JSON
        case 700 where isNumber(text), 701 where isNumber(text): writer.raw(text)
        // timestamptz: "2026-11-23 20:53:55.597321+00", since the connection's time zone is UTC
        case 1184: writer.string(timestamp(text))
        default: writer.string(String(decoding: text, as: UTF8.self))
        }
    }

    private static func isNumber(_ text: [UInt8]) -> Bool {
        text.allSatisfy { $0 < 0x3A || $0 == UInt8(ascii: "e") }
    }

    private static func timestamp(_ text: [UInt8]) -> String {
        var characters = text
        if let space = characters.firstIndex(of: UInt8(ascii: " ")) { characters[space] = UInt8(ascii: "T") }
        if characters.suffix(3).elementsEqual("+00".utf8) {
            characters.replaceSubrange((characters.count - 3)..., with: "Z".utf8)
        }
        return String(decoding: characters, as: UTF8.self)
    }
}
