// From a stored copy to tables that can be served. On the loader thread.
import Synchronization
import Tables

extension PluginHost {
    /// Everything that can be said of a file before any of its code runs.
    func examine(_ stored: StoredPlugin, file: String) throws(PluginFailure) -> ExaminedPlugin {
        let elf = try ELFImage(stored.bytes)
        try PluginRules.check(elf)
        if let crash = faults.history.crashInLoading(stored.hash) {
            throw PluginFailure(
                "it \(crash.sentence) while \(crash.host) was loading it (\(crash.at)): it is not tried again before "
                    + "the file changes or `jspg plugin release \(file)` is run")
        }
        return ExaminedPlugin(hash: stored.hash, path: stored.path, image: elf)
    }

    func trials(_ store: PluginStore) -> PluginTrials {
        let verdicts = PluginVerdicts(store: store, executable: configuration.probeExecutable)
        return PluginTrials(configuration: configuration, verdicts: verdicts) { hash in
            self.noting("that a plugin passed its trial") { () throws(PluginFailure) in
                try verdicts.notePassed(hash)
            }
        }
    }

    /// - Parameter installed: what is to be in service, by file.
    func load(
        _ plugin: ExaminedPlugin, file: String, beside installed: [String: PluginHostState.Installed]
    ) throws(PluginFailure) -> [LoadedTable] {
        let known = state.withLock { $0.images[plugin.hash] }
        let loading = faults.calls(hash: plugin.hash, table: "", file: file, counters: PluginCallCounters())
        let image: PluginImage
        if let known {
            image = known
        } else {
            image = try loading.during(.load, for: .host) { () throws(PluginFailure) in
                try PluginImage(path: plugin.path)
            }
        }
        let registration = try loading.during(.register, for: .host) { () throws(PluginFailure) in
            try image.register(log: PluginLog(logger, file: file, hash: plugin.hash))
        }
        let generation = state.withLock { state in
            state.images[plugin.hash] = image
            state.generations += 1
            return state.generations
        }
        let descriptors = registration.tables.map(\.descriptor)
        try PluginRules.checkExports(plugin.image, typedFunctions: Set(descriptors.flatMap(\.typedFunctions)))
        try Self.refuseDuplicates(descriptors.map(\.name), of: installed.filter { $0.key != file })
        var tables: [LoadedTable] = []
        for (descriptor, functions) in registration.tables {
            let counters = state.withLock { state in
                let counters = state.counters[descriptor.name] ?? PluginCallCounters()
                state.counters[descriptor.name] = counters
                return counters
            }
            tables.append(
                try LoadedTable(
                    descriptor: descriptor, functions: functions, image: image,
                    plugin: PluginIdentity(
                        name: descriptor.pluginName, version: descriptor.pluginVersion, hash: plugin.hash, file: file,
                        generation: generation),
                    calls: faults.calls(
                        hash: plugin.hash, table: descriptor.name, file: file, counters: counters)))
        }
        return tables
    }

    private static func refuseDuplicates(
        _ tables: [String], of others: [String: PluginHostState.Installed]
    ) throws(PluginFailure) {
        for table in tables {
            guard
                let owner = others.first(where: { $0.value.tables.contains { $0.descriptor.name == table } })
            else { continue }
            throw PluginFailure(
                "it registers the table \(table), which \(owner.key) serves already: "
                    + "remove one of the two files", isAboutOtherFile: true)
        }
    }
}

extension TableDescriptor {
    /// The names of the functions that it names.
    var typedFunctions: [String] { checks.map(\.function) + derives.map(\.function) }
}
