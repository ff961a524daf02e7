// What a plugin host has loaded.
import Tables

/// The files in service, their images, and what the hosts agreed on. Used under the plugin host's lock.
struct PluginHostState {
    /// A file that is in service.
    struct Installed {
        let hash: String
        let copy: String
        let tables: [LoadedTable]
    }

    /// By the file's name in the plugin folder.
    var installed: [String: Installed] = [:]
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

    /// - Parameter before: what is in service now.
    mutating func install(_ tables: [LoadedTable], of plugin: ExaminedPlugin, file: String, before: TableSet) {
        for table in tables { held[table.descriptor.name] = before.table(table.descriptor.name) }
        installed[file] = Installed(hash: plugin.hash, copy: plugin.path, tables: tables)
    }

    /// Takes out the files that are gone from the folder.
    ///
    /// - Returns: what was taken out.
    mutating func removeFiles(except files: [String]) -> [String: Installed] {
        let gone = installed.filter { !files.contains($0.key) }
        for (file, plugin) in gone {
            installed[file] = nil
            for table in plugin.tables { held[table.descriptor.name] = nil }
        }
        return gone
    }

    /// The tables to serve: of each the newest generation, or, where that has to wait, the one before it.
    ///
    /// - Parameter followsAgreement: whether a version waits until the hosts agreed on it.
    mutating func tableSet(reload: Int, followsAgreement: Bool) -> TableSet {
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
        return TableSet(reload: reload, tables: served, waiting: waiting)
    }
}
