// What a plugin host has loaded.
import Tables

/// The files in service, their images, and what the hosts agreed on. Used under the plugin host's lock.
struct PluginHostState {
    /// A file that is in service.
    struct Installed: Sendable {
        let hash: String
        let copy: String
        let tables: [LoadedTable]
    }

    /// By the file's name in the plugin folder.
    private(set) var installed: [String: Installed] = [:]
    /// Whether a look at the plugin folder has succeeded.
    private(set) var hasLooked = false
    /// See `TableSet`.
    private var mayLackTables = false
    /// By hash: an image that was loaded once is used again.
    var images: [String: PluginImage] = [:]
    var reloads = 0
    var generations = 0
    var report = ReloadReport(id: 0, outcomes: [])
    var observers: [@Sendable () -> Void] = []
    /// In a processor, by table: what came of setting a generation up.
    var setUps: [String: (generation: Int, outcome: TableSetUpOutcome)] = [:]
    /// By table, over all its generations.
    var counters: [String: PluginCallCounters] = [:]
    /// By table: what the hosts agreed on.
    var agreement: [String: ActiveSchema] = [:]
    /// By table: what was in service when a newer version was loaded that has to wait.
    private var held: [String: LoadedTable] = [:]

    /// Takes over what a look has found.
    ///
    /// - Parameter before: what is in service now.
    mutating func take(_ look: FolderLook, before: TableSet) {
        let known = Set(installed.values.flatMap(\.tables).map { ObjectIdentifier($0) })
        let tables = look.installed.values.flatMap(\.tables)
        let names = Set(tables.map(\.descriptor.name))
        held = held.filter { names.contains($0.key) }
        for table in tables where !known.contains(ObjectIdentifier(table)) {
            held[table.descriptor.name] = before.table(table.descriptor.name)
        }
        installed = look.installed
        mayLackTables = look.mayLackTables
        hasLooked = true
    }

    /// The folder could not be looked at: what is in service stays.
    ///
    /// - Parameter isFolderMissing: there is no folder, which is as good as an empty one.
    mutating func noteFailedLook(isFolderMissing: Bool) {
        if !hasLooked { mayLackTables = !isFolderMissing }
    }

    /// The tables to serve: of each the newest generation, or, where that has to wait, the one before it.
    ///
    /// - Parameter followsAgreement: whether a version waits until the hosts agreed on it.
    mutating func tableSet(followsAgreement: Bool) -> TableSet {
        var served: [LoadedTable] = []
        var waiting: [String: LoadedTable] = [:]
        for newest in installed.values.flatMap(\.tables) {
            let name = newest.descriptor.name
            // Any processor can apply version 1: it needs no agreement.
            let limit = followsAgreement ? agreement[name]?.version ?? 1 : Int.max
            if newest.descriptor.schemaVersion <= limit {
                served.append(newest)
                held[name] = nil
            } else {
                waiting[name] = newest
                if let older = held[name], older.descriptor.schemaVersion <= limit { served.append(older) }
            }
        }
        return TableSet(reload: report.id, tables: served, waiting: waiting, mayLackTables: mayLackTables)
    }
}
