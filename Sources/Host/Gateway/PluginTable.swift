// One plugin's table, as the gateway sees it.
import HTTP
import JSON
import Operations
import PluginHost
import Tables

/// A `WritableTable` over a loaded table. The generation it belongs to stays in service for as long as this is used.
struct PluginTable: WritableTable {
    private let table: LoadedTable

    init(_ table: LoadedTable) {
        self.table = table
    }

    var name: String { table.descriptor.name }
    var schemaVersion: Int { table.descriptor.schemaVersion }
    var operations: Set<OperationKind> { table.descriptor.operations }

    func entityID(_ text: String) -> String? {
        table.descriptor.normalizedEntityID(text)
    }

    func faults(
        kind: OperationKind, entityID: String, body: JSONValue, bytes: [UInt8]
    ) throws(Problem) -> [FieldError] {
        let faults = table.validator.validate(body, kind: kind)
        guard faults.isEmpty else { return faults }
        do {
            try table.validate(kind: kind, entityID: entityID, body: body, bytes: bytes)
            return []
        } catch  where error.isFault {
            throw Problem(
                .pluginFailed,
                "The plugin of table `\(name)` failed on this body: nothing was stored. Its author has to mend it.")
        } catch {
            return error.errors
        }
    }
}
