// One plugin's table, as the gateway sees it.
import HTTP
import JSON
import Operations
import PluginHost
import Tables

/// A `WritableTable` over a loaded table. The generation it belongs to stays in service for as long as this is used.
struct PluginTable: WritableTable {
    private let table: LoadedTable
    private let faults: PluginFaults

    /// Whether processors have to load its schema version before it can be served.
    private let isWaiting: Bool

    init(_ table: LoadedTable, faults: PluginFaults, isWaiting: Bool = false) {
        self.isWaiting = isWaiting
        self.table = table
        self.faults = faults
    }

    var name: String { table.descriptor.name }
    var schemaVersion: Int { table.descriptor.schemaVersion }
    var operations: Set<OperationKind> { table.descriptor.operations }

    var refusal: Problem? {
        if isWaiting {
            return Problem(
                .unavailable,
                "Table `\(name)` is loaded with schema version \(schemaVersion) and waits until every processor has it: "
                    + "nothing was stored. Repeat the request later."
            ).retryAfter(.seconds(1))
        }
        if faults.isEnding {
            return Problem(
                .unavailable,
                "A plugin does not return, so this gateway is about to start again: nothing was stored. Repeat the "
                    + "request later."
            ).retryAfter(.seconds(2))
        }
        let now = Timestamp.now()
        guard let until = faults.quarantine(of: table.plugin, at: now) else { return nil }
        return Problem(
            .unavailable,
            "The plugin of table `\(name)` crashed several times within a minute and is not called for now: nothing was "
                + "stored. Repeat the request later."
        ).retryAfter(.microseconds(until.microseconds - now.microseconds))
    }

    func entityID(_ text: String) -> String? {
        table.descriptor.normalizedEntityID(text)
    }

    func faults(
        kind: OperationKind, identity: WriteIdentity, body: JSONValue, bytes: [UInt8]
    ) throws(Problem) -> [FieldError] {
        let errors = table.validator.validate(body, kind: kind)
        guard errors.isEmpty else { return errors }
        // Asked again with the same body, the plugin would take the gateway down again.
        guard faults.history.crash(of: identity.fingerprint, in: table.plugin.hash) == nil else {
            throw Problem(
                .pluginCrashed,
                "The plugin of table `\(name)` crashed on this very request before, so it is not asked again: nothing "
                    + "was stored. Its author has to mend it.")
        }
        do {
            try table.validate(
                kind: kind, entityID: identity.entityID, body: body, bytes: bytes,
                for: PluginCallOrigin(operation: identity.operationID, fingerprint: identity.fingerprint))
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
