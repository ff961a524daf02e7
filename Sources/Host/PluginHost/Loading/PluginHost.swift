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

    /// Loads what is in the folder.
    package func start() async -> ReloadReport { await reload() }

    /// Looks at the folder: new and changed files are loaded, tables of files that are gone leave service. What can't be
    /// loaded is logged with its reason, and what it would have replaced stays. Where that is nothing, the file of that name
    /// that worked last is loaded, be it before this host started.
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

    private func reloadNow() -> ReloadReport {
        let (id, isFirst) = state.withLock { state in
            state.reloads += 1
            return (state.reloads, !state.hasLooked)
        }
        let look: FolderLook?
        let outcomes: [ReloadReport.Outcome]
        do throws(PluginFailure) {
            let found = try self.look(isFirst: isFirst)
            look = found
            outcomes = found.outcomes
        } catch {
            look = nil
            outcomes = [
                ReloadReport.Outcome(file: configuration.directory, kind: .failed(reason: "\(error)"), tables: [])
            ]
        }
        let report = ReloadReport(id: id, outcomes: outcomes)
        let before = tables
        let isFolderMissing = PluginAdmission.isMissing(configuration.directory)
        let observers = state.withLock { state in
            state.report = report
            if let look {
                state.take(look, before: before)
            } else {
                state.noteFailedLook(isFolderMissing: isFolderMissing)
            }
            return state.observers
        }
        putInService()
        log(report)
        tell(report)
        for observer in observers { observer() }
        return report
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
        putInService()
        tell(report)
    }

    /// Publishes the tables: of each the newest generation, or, where that has to wait, the one before it.
    private func putInService() {
        let before = tables
        let set = state.withLock { $0.tableSet(followsAgreement: role.followsAgreement) }
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
