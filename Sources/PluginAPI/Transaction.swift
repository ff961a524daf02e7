// SQL of a table's own, inside the batch's transaction.
import CPluginABI

/// The batch's transaction. Statements take values as `$1`, `$2`, …, never inside their text.
///
/// Valid during the call that it is passed to: it can't be copied or kept. The host commits; a
/// statement must not begin, commit or roll back, copy (`COPY`), or change settings of the connection (`SET`, `RESET`),
/// which others use after it.
public struct Transaction: ~Copyable {
    /// The batch's time, the same for each of its operations.
    public let now: Timestamp

    private let transaction: UnsafePointer<jspg_transaction>

    init(_ transaction: UnsafePointer<jspg_transaction>, now: Timestamp) {
        self.transaction = transaction
        self.now = now
    }

    /// Queues a statement, without waiting for it. What it violates shows when the host sends the batch, and fails
    /// this operation alone.
    ///
    /// - Throws: a failure where the host did not take it.
    public func execute(_ sql: String, _ parameters: any SQLValue...) throws(WriteRejection) {
        guard let execute = transaction.pointee.execute else { throw Self.unavailable }
        let result = withValues(parameters) { values in
            withBytes(of: sql) { execute(transaction.pointee.context, $0, values.baseAddress, values.count) }
        }
        guard Int(result) == JSPG_OK else { throw .failure("The host did not take a statement of this table.") }
    }

    /// Runs a statement and waits for its rows.
    ///
    /// - Returns: the rows; each value is PostgreSQL's text, or `nil` for NULL.
    /// - Throws: a failure where the statement did not succeed.
    public func query(_ sql: String, _ parameters: any SQLValue...) throws(WriteRejection) -> [[String?]] {
        guard let query = transaction.pointee.query else { throw Self.unavailable }
        var rows: [[String?]] = []
        let result = withValues(parameters) { values in
            withBytes(of: sql) { sql in
                withUnsafeMutablePointer(to: &rows) { rows in
                    query(
                        transaction.pointee.context, sql, values.baseAddress, values.count,
                        { context, values, count in
                            guard let context, count == 0 || values != nil else { return jspg_result(JSPG_FAILED) }
                            let row = UnsafeBufferPointer(start: values, count: count).map { value in
                                value.is_null != 0 ? nil : String(decoding: value.text.buffer, as: UTF8.self)
                            }
                            context.assumingMemoryBound(to: [[String?]].self).pointee.append(row)
                            return jspg_result(JSPG_OK)
                        }, rows)
                }
            }
        }
        guard Int(result) == JSPG_OK else { throw .failure("A query of this table failed.") }
        return rows
    }

    private static var unavailable: WriteRejection { .failure("The host runs no SQL for plugins.") }

    /// Lends the parameters to a call. One buffer holds all of their text.
    private func withValues<Result>(
        _ parameters: [any SQLValue], _ body: (UnsafeBufferPointer<jspg_value>) -> Result
    ) -> Result {
        var text: [UInt8] = []
        let ranges: [Range<Int>?] = parameters.map { parameter in
            guard let value = parameter.sqlText else { return nil }
            let start = text.count
            text.append(contentsOf: value.utf8)
            return start..<text.count
        }
        return text.withUnsafeBufferPointer { text in
            ranges.map { range in
                guard let range else { return jspg_value(is_null: 1, text: jspg_bytes()) }
                return jspg_value(
                    is_null: 0,
                    text: jspg_bytes(data: text.baseAddress.map { $0 + range.lowerBound }, length: range.count))
            }.withUnsafeBufferPointer(body)
        }
    }
}
