// How processors tell every host that operations ended.
import JSON

/// The body of the core NATS message on `jspg.done.{table}`, one for each batch, sent after the commit and the
/// cache invalidation. It wakes long polls, `Prefer: wait` and event streams.
package struct DoneMessage: Sendable, Equatable {
    package let table: String
    /// `pg_current_xact_id()` of the batch: change events of that transaction need not invalidate again.
    package let transactionID: String?
    /// Whether readers of the cache find nothing from before. Where not, who wants to tell a client that an operation is
    /// completed has to see to that first.
    package let isInvalidated: Bool
    package let operations: [OperationStatus]
    /// Further tables that they have changed, as their plugin declares.
    package let furtherTables: Set<String>

    package init(
        table: String, transactionID: String?, isInvalidated: Bool = true, operations: [OperationStatus],
        furtherTables: Set<String> = []
    ) {
        self.table = table
        self.transactionID = transactionID
        self.isInvalidated = isInvalidated
        self.operations = operations
        self.furtherTables = furtherTables
    }

    /// One JSON object: `table` and `transactionId` first, `invalidated` where it is false, the operations' statuses with
    /// their fingerprints, `furtherTables` last and only where there are some.
    package func encoded() -> [UInt8] {
        Self.encoded(
            table: table, transactionID: transactionID, isInvalidated: isInvalidated,
            operations: operations.map(EncodedStatus.init), furtherTables: furtherTables)
    }

    /// The same of statuses that are encoded already.
    package static func encoded(
        table: String, transactionID: String?, isInvalidated: Bool = true, operations: [EncodedStatus],
        furtherTables: Set<String> = []
    ) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: operations.reduce(128) { $0 + $1.bytes.count + 1 })
        writer.beginObject()
        writer.member("table", table)
        writer.member("transactionId", transactionID)
        if !isInvalidated { writer.member("invalidated", false) }
        writer.name("operations")
        writer.beginArray()
        for operation in operations { writer.raw(operation.bytes) }
        writer.endArray()
        if !furtherTables.isEmpty {
            // After the operations: what is before them is looked at by itself.
            writer.name("furtherTables")
            writer.beginArray()
            for table in furtherTables.sorted() { writer.string(table) }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }

    /// Table and transaction alone, without a look at the operations; `nil` where the bytes are not what `encoded()` makes.
    package static func transaction(in bytes: [UInt8]) -> (table: String, transactionID: String)? {
        // Neither a table's name nor a number has a quote in it, so the first match is the member.
        let marker = Array(",\"operations\":".utf8)
        let head = bytes.prefix(256)
        guard let end = head.indices.first(where: { head[$0...].starts(with: marker) }),
            let document = try? JSONDocument(parsing: Array(head[..<end]) + [UInt8(ascii: "}")]),
            let table = document.root["table"]?.string, let transaction = document.root["transactionId"]?.string
        else { return nil }
        return (table, transaction)
    }

    /// `nil` where the bytes are not what `encoded()` makes.
    package init?(decoding bytes: [UInt8]) {
        guard let document = try? JSONDocument(parsing: bytes), let table = document.root["table"]?.string,
            let operations = document.root["operations"]
        else { return nil }
        self.init(
            table: table, transactionID: document.root["transactionId"]?.string,
            isInvalidated: document.root["invalidated"]?.bool ?? true,
            operations: operations.elements.compactMap(OperationStatus.init),
            furtherTables: Set(document.root["furtherTables"]?.elements.compactMap(\.string) ?? []))
    }
}
