// Loads plugins and keeps them in service.
package import Logging
import Synchronization
import Tables
import Threads

/// The plugins of one host.
///
/// `tables` is one pointer load and may be used from any thread. `start` and `reload` work on the one loader thread;
/// calls that come meanwhile wait. A file that can't be loaded never takes another one, or the host, down.
package final class PluginHost: Sendable {
    /// Which of the programs loads the plugins: it decides which version of a table they serve.
    package enum Role: String, Sendable {
        case gateway, processor, readAPI = "read-api", tool

        /// Whether it serves the version that the hosts agreed on, rather than its own newest.
        fileprivate var followsAgreement: Bool { self == .gateway || self == .readAPI }
    }

    let configuration: PluginHostConfiguration
    let role: Role
    let logger: Logger
    private let loader = ThreadExecutor(name: "plugin-loader")
    let state = Mutex(PluginHostState())
    /// Crashes and hangs of plugins, here and in the other hosts of this machine.
    package let faults: PluginFaults
    /// A `TableSet` that was retained once and is never released, so that a reader needs no count.
    private let current: Atomic<Unmanaged<TableSet>>

    package init(configuration: PluginHostConfiguration, role: Role, logger: Logger) {
        self.configuration = configuration
        self.role = role
        self.logger = logger
        faults = PluginFaults(stateDirectory: configuration.stateDirectory, host: role.rawValue, logger: logger)
        current = Atomic(Unmanaged.passRetained(TableSet(reload: 0, tables: [])))
    }

    /// The tables in service now.
    package var tables: TableSet { current.load(ordering: .acquiring).takeUnretainedValue() }

    /// What the last reload did.
    package var report: ReloadReport { state.withLock(\.report) }

    /// How many generations were loaded since the start.
    package var generations: Int { state.withLock(\.generations) }

    /// The counts of a table's calls; `nil` where it was never loaded.
    package func callCounters(of table: String) -> PluginCallCounters? { state.withLock { $0.counters[table] } }

    /// Calls `observer` after each reload, on the loader thread; it must not block.
    package func onReload(_ observer: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    /// Loads what is in the folder. For a file that can't be loaded, the one that this host had in service before it
    /// ended is taken.
    package func start() async -> ReloadReport {
        (try? await loader.run { self.reloadNow(isStart: true) }) ?? report
    }

    /// Looks at the folder again: new and changed files are loaded, tables of files that are gone leave service. What
    /// can't be loaded is logged with its reason, and what it would have replaced stays.
    package func reload() async -> ReloadReport {
        // Not throwing: `reloadNow` has an outcome for every failure.
        (try? await loader.run { self.reloadNow() }) ?? report
    }

    /// Leaves word once more.
    func tellAgain() async {
        // Not throwing: nothing in it does.
        try? await loader.run { self.tell(self.report) }
    }

    // MARK: - On the loader thread

    private func reloadNow(isStart: Bool = false) -> ReloadReport {
        let id = state.withLock { state in
            state.reloads += 1
            return state.reloads
        }
        var outcomes: [ReloadReport.Outcome] = []
        do throws(PluginFailure) {
            outcomes = try reloadFiles(isStart: isStart)
        } catch {
            outcomes = [
                ReloadReport.Outcome(file: configuration.directory, kind: .failed(reason: "\(error)"), tables: [])
            ]
        }
        let report = ReloadReport(id: id, outcomes: outcomes)
        let observers = state.withLock { state in
            state.report = report
            return state.observers
        }
        putInService(reload: id)
        log(report)
        tell(report)
        for observer in observers { observer() }
        return report
    }

    private func reloadFiles(isStart: Bool) throws(PluginFailure) -> [ReloadReport.Outcome] {
        // Before all that may fail, and again at each reload until it has worked.
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
        var outcomes: [ReloadReport.Outcome] = []
        let lastKnownGood = LastKnownGood(stateDirectory: configuration.stateDirectory, host: role.rawValue)
        let goodBefore = isStart ? lastKnownGood.read() : [:]
        let candidates = files.map { (file: $0, candidate: candidate($0, in: folder, store: store, lock: lock)) }
            .sorted { Self.rank($0, goodBefore) < Self.rank($1, goodBefore) }
        let loaded = state.withLock(\.images)
        let failed = trials(store).run(
            candidates.compactMap(\.candidate.new).filter { loaded[$0.hash] == nil })
        // Before the others, so that a table may move from a file that is gone to another one. Nothing leaves service before
        // all is published.
        let gone = state.withLock { $0.removeFiles(except: files) }
        for (file, candidate) in candidates {
            var outcome = take(candidate, file: file, trials: failed)
            if case .failed(let reason) = outcome.kind, let good = goodBefore[file],
                lock?.admits(good.hash) ?? true
            {
                outcome = fallBack(to: good, file: file, reason: reason, store: store)
            }
            outcomes.append(outcome)
        }
        // A table may move between two files that are both there: the one that had it may have come later.
        for (place, (file, candidate)) in candidates.enumerated() where outcomes[place].isAboutOtherFile {
            outcomes[place] = take(candidate, file: file, trials: failed)
        }
        let good = state.withLock { $0.installed.mapValues { (hash: $0.hash, copy: $0.copy) } }
        if isStart && role != .tool {
            let others = PluginHostFile.running(under: configuration.stateDirectory).flatMap(\.tables)
            store.clean(
                keeping: LastKnownGood.hashes(stateDirectory: configuration.stateDirectory)
                    .union(others.map(\.checksum)).union(good.values.map(\.hash)))
        }
        if role != .tool {
            noting("which plugins worked: the next start has the folder alone") { () throws(PluginFailure) in
                try lastKnownGood.write(good)
            }
        }
        for (file, installed) in gone.sorted(by: { $0.key < $1.key }) {
            outcomes.append(
                ReloadReport.Outcome(file: file, kind: .removed, tables: installed.tables.map(\.descriptor.name)))
        }
        return outcomes
    }

    /// At a start the files that worked last go first: of two that register the same table the one that had it keeps it.
    private static func rank(
        _ candidate: (file: String, candidate: PluginCandidate), _ goodBefore: [String: (hash: String, copy: String)]
    ) -> (Int, String) {
        guard let good = goodBefore[candidate.file] else { return (2, candidate.file) }
        return (candidate.candidate.new?.hash == good.hash ? 0 : 1, candidate.file)
    }

    /// Looks at a file, without running any of its code.
    private func candidate(
        _ file: String, in folder: String, store: PluginStore, lock: PluginLock?
    ) -> PluginCandidate {
        // What has left the lock leaves service, even where nothing takes its place.
        let before = state.withLock { state in
            if let lock, let installed = state.installed[file], !lock.admits(installed.hash) {
                state.installed[file] = nil
            }
            return state.installed[file]
        }
        do throws(PluginFailure) {
            try PluginAdmission.checkName(file)
            let stored = try store.copy("\(folder)/\(file)", isOwned: !configuration.isAdmittedByLock)
            try lock?.check(stored.hash)
            return before?.hash == stored.hash ? .unchanged : .new(try examine(stored, file: file))
        } catch {
            return .refused(error)
        }
    }

    /// Loads a candidate that passed its trial, and puts its tables in service.
    ///
    /// - Parameter trials: why plugins did not pass, by hash.
    private func take(
        _ candidate: PluginCandidate, file: String, trials: [String: PluginFailure]
    ) -> ReloadReport.Outcome {
        let before = state.withLock { $0.installed[file] }
        let names = before?.tables.map(\.descriptor.name) ?? []
        do throws(PluginFailure) {
            switch candidate {
            case .unchanged: return ReloadReport.Outcome(file: file, kind: .unchanged, tables: names)
            case .refused(let failure): throw failure
            case .new(let plugin):
                if let failure = trials[plugin.hash] { throw failure }
                let tables = try load(plugin, file: file)
                putInService(tables, of: plugin, file: file)
                return ReloadReport.Outcome(
                    file: file, kind: before == nil ? .loaded : .replaced, tables: tables.map(\.descriptor.name))
            }
        } catch {
            return ReloadReport.Outcome(
                file: file, kind: .failed(reason: "\(error)"), tables: names, isAboutOtherFile: error.isAboutOtherFile)
        }
    }

    /// Loads the copy of a file that worked before. The outcome stays a failure: the folder has to be mended.
    private func fallBack(
        to good: (hash: String, copy: String), file: String, reason: String, store: PluginStore
    ) -> ReloadReport.Outcome {
        do throws(PluginFailure) {
            let plugin = try examine(try store.read(good.copy, hash: good.hash), file: file)
            if let failure = trials(store).run([plugin])[plugin.hash] { throw failure }
            let tables = try load(plugin, file: file)
            putInService(tables, of: plugin, file: file)
            return ReloadReport.Outcome(
                file: file,
                kind: .failed(reason: "\(reason). The file that worked last (\(good.hash.prefix(12))) is in service"),
                tables: tables.map(\.descriptor.name))
        } catch {
            return ReloadReport.Outcome(
                file: file, kind: .failed(reason: "\(reason). The file that worked last can't be loaded: \(error)"),
                tables: [])
        }
    }

    private func putInService(_ tables: [LoadedTable], of plugin: ExaminedPlugin, file: String) {
        let before = self.tables
        state.withLock { $0.install(tables, of: plugin, file: file, before: before) }
    }

    // MARK: - Agreement between hosts

    /// What the hosts agreed on for a table; `nil` where it is not known.
    package func activeSchema(of table: String) -> ActiveSchema? { state.withLock { $0.agreement[table] } }

    /// Takes over what the hosts agreed on.
    package func setAgreement(_ agreement: [String: ActiveSchema]) async {
        // Not throwing: nothing in it does.
        try? await loader.run { self.agree(agreement) }
    }

    private func agree(_ agreement: [String: ActiveSchema]) {
        let (isNew, report) = state.withLock { state in
            defer { state.agreement = agreement }
            return (state.agreement != agreement, state.report)
        }
        guard isNew, role.followsAgreement else { return }
        putInService(reload: report.id)
        tell(report)
    }

    /// Publishes the tables: of each the newest generation, or, where that has to wait, the one before it.
    private func putInService(reload: Int) {
        let before = tables
        let set = state.withLock { $0.tableSet(reload: reload, followsAgreement: role.followsAgreement) }
        current.store(Unmanaged.passRetained(set), ordering: .releasing)
        for (name, table) in set.waiting where before.waiting[name] !== table {
            let inService = set.table(name).map { "schema version \($0.descriptor.schemaVersion) is in service" }
            logger.notice(
                "a table waits until every processor has schema version \(table.descriptor.schemaVersion)",
                metadata: ["table": "\(name)", "meanwhile": "\(inService ?? "it is not served")"])
        }
        for name in before.waiting.keys.sorted() where set.waiting[name] == nil && set.table(name) != nil {
            logger.notice("a table's newest schema version is in service", metadata: ["table": "\(name)"])
        }
    }
}
