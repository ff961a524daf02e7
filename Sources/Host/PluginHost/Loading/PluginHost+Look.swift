// A look at the plugin folder. On the loader thread.
import Synchronization
import Tables

extension PluginHost {
    /// Loads what is new in the folder and finds out what is to be in service. Puts nothing in service itself.
    ///
    /// - Parameter isFirst: whether no look has succeeded before.
    /// - Throws: `PluginFailure` where nothing can be said of any file.
    func look(isFirst: Bool) throws(PluginFailure) -> FolderLook {
        // Before all that may fail, and again at each look until it has worked.
        if role != .tool {
            noting("crashes of plugins: none will be told from another") { () throws(PluginFailure) in
                try PluginStore.makeFolder(configuration.stateDirectory)
                try faults.start()
            }
        }
        let folder = try PluginAdmission.checkFolder(
            configuration.directory, isOwned: !configuration.isAdmittedByLock)
        let lock = try PluginLock.read(folder: folder)
        if lock == nil && configuration.isAdmittedByLock {
            throw PluginFailure(
                "PLUGIN_ADMISSION=lock needs \(folder)/\(PluginLock.fileName): `jspg plugin lock` writes it")
        }
        let store = try PluginStore(stateDirectory: configuration.stateDirectory)
        let files = try PluginFolder.files(folder)
        let lastKnownGood = LastKnownGood(stateDirectory: configuration.stateDirectory, host: role.rawValue)
        let goodBefore = lastKnownGood.read().filter {
            files.contains($0.key) && (lock?.admits($0.value.hash) ?? true)
        }
        let before = state.withLock(\.installed)
        // Before the others, so that a table may move to another file from one that is gone. What has left the lock leaves
        // service even where nothing takes its place.
        var look = FolderLook(
            installed: before.filter { files.contains($0.key) && (lock?.admits($0.value.hash) ?? true) })
        let candidates = files.map { file -> (file: String, candidate: PluginCandidate) in
            let inService = look.installed[file]?.hash
            return (file: file, candidate: candidate(file, in: folder, store: store, lock: lock, inService: inService))
        }.sorted { Self.rank($0, goodBefore) < Self.rank($1, goodBefore) }
        let loaded = state.withLock(\.images)
        let failed = trials(store).run(
            candidates.compactMap(\.candidate.new).filter { loaded[$0.hash] == nil })
        for (file, candidate) in candidates {
            var outcome = take(candidate, file: file, trials: failed, in: &look)
            if case .failed = outcome.kind, look.installed[file] == nil, let good = goodBefore[file] {
                outcome = fallBack(to: good, after: outcome, store: store, in: &look)
            }
            look.outcomes.append(outcome)
        }
        // A table may move between two files that are both there: the one that had it may have come later.
        for (place, (file, candidate)) in candidates.enumerated() where look.outcomes[place].isAboutOtherFile {
            let outcome = take(candidate, file: file, trials: failed, in: &look)
            look.outcomes[place] = outcome
        }
        let good = look.installed.mapValues { (hash: $0.hash, copy: $0.copy) }
        if isFirst && role != .tool {
            let others = PluginHostFile.running(under: configuration.stateDirectory).flatMap(\.tables)
            store.clean(
                keeping: LastKnownGood.hashes(stateDirectory: configuration.stateDirectory)
                    .union(others.map(\.checksum)).union(good.values.map(\.hash)))
        }
        if role != .tool {
            noting("which plugins worked: the next start has the folder alone") { () throws(PluginFailure) in
                // Of a file that nothing is in service of, what worked last may work again.
                try lastKnownGood.write(goodBefore.merging(good) { $1 })
            }
        }
        for (file, installed) in before.sorted(by: { $0.key < $1.key }) where !files.contains(file) {
            look.outcomes.append(
                ReloadReport.Outcome(file: file, kind: .removed, tables: installed.tables.map(\.descriptor.name)))
        }
        return look
    }

    /// Files that worked last go first: of two that register the same table the one that had it keeps it.
    private static func rank(
        _ candidate: (file: String, candidate: PluginCandidate), _ goodBefore: [String: (hash: String, copy: String)]
    ) -> (Int, String) {
        guard let good = goodBefore[candidate.file] else { return (2, candidate.file) }
        return (candidate.candidate.new?.hash == good.hash ? 0 : 1, candidate.file)
    }

    /// Looks at a file, without running any of its code.
    ///
    /// - Parameter inService: the hash of what is in service of this file; `nil`: nothing is.
    private func candidate(
        _ file: String, in folder: String, store: PluginStore, lock: PluginLock?, inService: String?
    ) -> PluginCandidate {
        do throws(PluginFailure) {
            try PluginAdmission.checkName(file)
            let stored = try store.copy("\(folder)/\(file)", isOwned: !configuration.isAdmittedByLock)
            try lock?.check(stored.hash)
            return inService == stored.hash ? .unchanged : .new(try examine(stored, file: file))
        } catch {
            return .refused(error)
        }
    }

    /// Loads a candidate that passed its trial, and has its tables be in service after the look.
    ///
    /// - Parameter trials: why plugins did not pass, by hash.
    private func take(
        _ candidate: PluginCandidate, file: String, trials: [String: PluginFailure], in look: inout FolderLook
    ) -> ReloadReport.Outcome {
        let before = look.installed[file]
        let names = before?.tables.map(\.descriptor.name) ?? []
        do throws(PluginFailure) {
            switch candidate {
            case .unchanged: return ReloadReport.Outcome(file: file, kind: .unchanged, tables: names)
            case .refused(let failure): throw failure
            case .new(let plugin):
                if let failure = trials[plugin.hash] { throw failure }
                let tables = try load(plugin, file: file, beside: look.installed)
                look.installed[file] = PluginHostState.Installed(
                    hash: plugin.hash, copy: plugin.path, tables: tables)
                return ReloadReport.Outcome(
                    file: file, kind: before == nil ? .loaded : .replaced, tables: tables.map(\.descriptor.name))
            }
        } catch {
            return ReloadReport.Outcome(
                file: file, kind: .failed(reason: "\(error)"), tables: names, isAboutOtherFile: error.isAboutOtherFile)
        }
    }

    /// Loads the copy of a file that worked before. The outcome stays a failure: the folder has to be mended.
    ///
    /// - Parameter outcome: that of the file itself.
    private func fallBack(
        to good: (hash: String, copy: String), after outcome: ReloadReport.Outcome, store: PluginStore,
        in look: inout FolderLook
    ) -> ReloadReport.Outcome {
        let file = outcome.file
        let reason = if case .failed(let reason) = outcome.kind { reason } else { "" }
        do throws(PluginFailure) {
            let plugin = try examine(try store.read(good.copy, hash: good.hash), file: file)
            if let failure = trials(store).run([plugin])[plugin.hash] { throw failure }
            let tables = try load(plugin, file: file, beside: look.installed)
            look.installed[file] = PluginHostState.Installed(
                hash: plugin.hash, copy: plugin.path, tables: tables)
            return ReloadReport.Outcome(
                file: file,
                kind: .failed(reason: "\(reason). The file that worked last (\(good.hash.prefix(12))) is in service"),
                tables: tables.map(\.descriptor.name))
        } catch {
            return ReloadReport.Outcome(
                file: file, kind: .failed(reason: "\(reason). The file that worked last can't be loaded: \(error)"),
                tables: [], isAboutOtherFile: outcome.isAboutOtherFile)
        }
    }
}
