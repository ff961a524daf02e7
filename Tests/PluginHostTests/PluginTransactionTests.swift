// What a plugin's own SQL may do.
import CPluginABI
import Testing

@testable import PluginHost

@Suite("SQL of a plugin's own")
struct PluginTransactionTests {
    /// Why a statement is refused; `nil` where the host takes it.
    private func refusal(of sql: String) -> String? {
        let transaction = PluginTransaction(execute: { _, _ in }, query: { _, _ in nil })
        let result = transaction.withABI { transaction in
            sql.lend { transaction.pointee.execute?(transaction.pointee.context, $0, nil, 0) }
        }
        #expect((result == jspg_result(JSPG_OK)) == (transaction.refusal == nil))
        return transaction.refusal
    }

    @Test(
        "statements that end the transaction, wait for ever, or change the connection for others are refused",
        arguments: [
            "COMMIT", " rollback", "\nSavepoint a", "COPY things FROM STDIN", "copy things TO STDOUT",
            "SET statement_timeout = 0", "SET LOCAL statement_timeout = 0", "RESET ALL", "DISCARD ALL",
            "DEALLOCATE ALL", "SET", "SET constraints_of = 1", "/* */ COPY things FROM STDIN", "",
            "SELECT '\0'",
        ])
    func refused(sql: String) {
        #expect(refusal(of: sql) != nil)
    }

    @Test(
        "a value with a NUL, where it would end, or that is not UTF-8 is refused",
        arguments: [[0x61, 0, 0x62], [0xFF]] as [[UInt8]])
    func values(bytes: [UInt8]) {
        let transaction = PluginTransaction(
            execute: { _, _ in Issue.record("it was queued") }, query: { _, _ in nil })
        let result = transaction.withABI { transaction in
            "SELECT $1".lend { sql in
                bytes.lend { text in
                    var value = jspg_value(is_null: 0, text: text)
                    return transaction.pointee.execute?(transaction.pointee.context, sql, &value, 1)
                }
            }
        }
        #expect(result == jspg_result(JSPG_FAILED) && transaction.refusal != nil)
    }

    @Test(
        "others are not",
        arguments: [
            "INSERT INTO things VALUES ($1)", "SELECT 1", "WITH a AS (SELECT 1) SELECT * FROM a",
            "SET CONSTRAINTS ALL IMMEDIATE", "set\n constraints things_fkey deferred",
        ])
    func taken(sql: String) {
        #expect(refusal(of: sql) == nil)
    }
}
