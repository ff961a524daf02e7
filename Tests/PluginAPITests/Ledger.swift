// A table with SQL of its own.
import PluginAPI

struct Ledger: TableHandler {
    static let table = TableDefinition("ledger") {
        Key("entry_id", .uuid)
        Column("amount", .numeric, required: true)
        Operations(.create, .delete)
    }

    struct Input: Decodable {
        let amount: ExactDecimal
    }

    func write(
        _ entry: Input?, _ write: WriteContext, in transaction: borrowing Transaction
    ) throws(WriteRejection) {
        guard let entry else {
            try transaction.execute("DELETE FROM ledger WHERE entry_id = $1", write.entityID)
            return
        }
        let rows = try transaction.query("SELECT balance, note FROM ledger WHERE open = $1", true)
        guard rows == [["1.50", nil]] else { throw WriteRejection("no_balance", "There is no balance.") }
        try transaction.execute(
            "INSERT INTO ledger VALUES ($1, $2, $3)", write.entityID, entry.amount, String?.none)
    }
}
