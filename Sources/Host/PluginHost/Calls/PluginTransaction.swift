// The transaction that a plugin writes in.
import CPluginABI

/// A batch's transaction for the length of one call of a plugin's `write`. On one thread.
package final class PluginTransaction {
    /// A parameter or a result: PostgreSQL's text, or `nil` for NULL.
    package typealias Value = [UInt8]?

    /// Statements that would end or cut the transaction, need an answer that nobody gives, or outlive it on a connection
    /// that others use after it.
    private static let reserved: Set<String> = [
        "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE",
        "COPY", "SET", "RESET", "DISCARD", "DEALLOCATE",
    ]

    private let queue: (String, [Value]) -> Void
    private let ask: (String, [Value]) -> [[Value]]?
    /// Set where the plugin did what a plugin must not: why the operation fails.
    private(set) var refusal: String?

    /// - Parameters:
    ///   - execute: queues a statement.
    ///   - query: runs a statement after what is queued; `nil` where it fails.
    package init(execute: @escaping (String, [Value]) -> Void, query: @escaping (String, [Value]) -> [[Value]]?) {
        queue = execute
        ask = query
    }

    private func isAllowed(_ sql: String) -> Bool {
        guard refusal == nil else { return false }
        let statement = sql.drop { !$0.isLetter && $0 != "-" && $0 != "/" }
        let word = statement.prefix { $0.isLetter }.uppercased()
        // Comments could hide the word. Nobody needs one in front of a statement.
        if word.isEmpty {
            refusal = "The plugin's function write ran something that does not begin as a statement does."
        } else if Self.reserved.contains(word) && !Self.setsConstraints(statement) {
            refusal = "The plugin's function write ran \(word): the transaction and its connection are the host's."
        }
        return refusal == nil
    }

    /// `SET CONSTRAINTS` ends with the transaction, and is about nothing else.
    private static func setsConstraints(_ statement: Substring) -> Bool {
        statement.split(maxSplits: 2, whereSeparator: \.isWhitespace).prefix(2).map { $0.uppercased() }
            == ["SET", "CONSTRAINTS"]
    }

    fileprivate func execute(_ sql: String, _ values: [Value]) -> jspg_result {
        guard isAllowed(sql) else { return JSPG_FAILED.result }
        queue(sql, values)
        return JSPG_OK.result
    }

    fileprivate func query(_ sql: String, _ values: [Value]) -> [[Value]]? { isAllowed(sql) ? ask(sql, values) : nil }

    /// Lends the C form to `body`.
    func withABI<Result>(_ body: (UnsafePointer<jspg_transaction>) -> Result) -> Result {
        var transaction = jspg_transaction(
            struct_size: MemoryLayout<jspg_transaction>.size, context: Unmanaged.passUnretained(self).toOpaque(),
            execute: { context, sql, parameters, count in
                guard let transaction = PluginTransaction.from(context) else { return JSPG_FAILED.result }
                return PluginCalls.inHost {
                    guard let statement = transaction.read(sql, parameters, count) else { return JSPG_FAILED.result }
                    return transaction.execute(statement.sql, statement.values)
                }
            },
            query: { context, sql, parameters, count, row, rowContext in
                guard let transaction = PluginTransaction.from(context) else { return JSPG_FAILED.result }
                return PluginCalls.inHost {
                    guard let statement = transaction.read(sql, parameters, count),
                        let rows = transaction.query(statement.sql, statement.values)
                    else { return JSPG_FAILED.result }
                    guard let row else { return JSPG_OK.result }
                    for values in rows {
                        let result = PluginTransaction.lend(values) { values in
                            PluginCalls.backInPlugin { row(rowContext, values.baseAddress, values.count) }
                        }
                        if result != JSPG_OK.result { break }
                    }
                    return JSPG_OK.result
                }
            })
        return withExtendedLifetime(self) { body(&transaction) }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> PluginTransaction? {
        context.map { Unmanaged<PluginTransaction>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Copies a statement; `nil` where PostgreSQL would get another text: libpq ends it at a NUL, and knows UTF-8 alone.
    private func read(
        _ sql: jspg_bytes, _ parameters: UnsafePointer<jspg_value>?, _ count: Int
    ) -> (sql: String, values: [Value])? {
        let (sql, values) = ([UInt8](borrowing: sql), Self.values(parameters, count))
        guard ([sql] + values).allSatisfy({ $0.map(Self.isText) ?? true }) else {
            refusal = refusal ?? "The plugin's function write used SQL or a value that has a NUL in it or is not UTF-8."
            return nil
        }
        return (String(decoding: sql, as: UTF8.self), values)
    }

    private static func isText(_ bytes: [UInt8]) -> Bool {
        !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
    }

    private static func values(_ parameters: UnsafePointer<jspg_value>?, _ count: Int) -> [Value] {
        UnsafeBufferPointer(start: parameters, count: parameters == nil ? 0 : count).map { value in
            value.is_null != 0 ? nil : [UInt8](borrowing: value.text)
        }
    }

    private static func lend<Result>(
        _ values: [Value], _ body: (UnsafeBufferPointer<jspg_value>) -> Result
    ) -> Result {
        let text = values.flatMap { $0 ?? [] }
        return text.withUnsafeBufferPointer { text in
            var start = 0
            let lent = values.map { value -> jspg_value in
                guard let value else { return jspg_value(is_null: 1, text: jspg_bytes()) }
                defer { start += value.count }
                return jspg_value(
                    is_null: 0, text: jspg_bytes(data: text.baseAddress.map { $0 + start }, length: value.count))
            }
            return lent.withUnsafeBufferPointer(body)
        }
    }
}
