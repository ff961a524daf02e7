// The least that a table can be.
import PluginAPI

struct Plain: TableHandler {
    static let table = TableDefinition("plain") {
        Key("id", .text)
        Column("name", .text, required: true)
        Operations(.create)
    }
}
