// What a host says of its reloads.
import Logging
import Synchronization
import Tables
import Threads

extension PluginHost {
    /// Leaves word for `jspg reload` and `jspg plugin list`. They can do without it; the host can too.
    func tell(_ report: ReloadReport) {
        guard role != .tool else { return }
        let set = tables
        let waiting = set.waiting.sorted { $0.key < $1.key }.map { PluginHostFile.Table($0.value, isWaiting: true) }
        let file = PluginHostFile(
            host: role.rawValue, process: .current, directory: configuration.directory, reload: report.id,
            tables: set.all.map(noted) + waiting,
            outcomes: report.outcomes.map { PluginHostFile.Outcome($0) })
        noting("what it has loaded") { () throws(PluginFailure) in
            try file.write(stateDirectory: configuration.stateDirectory)
        }
    }

    private func noted(_ table: LoadedTable) -> PluginHostFile.Table {
        var noted = PluginHostFile.Table(table)
        guard role == .processor else { return noted }
        let last = state.withLock { $0.setUps[noted.name] }
        noted.setUp = last?.generation == noted.generation ? last?.outcome : .underWay
        return noted
    }

    /// A processor says what came of setting a table up, for those who wait for it.
    package func note(_ outcome: TableSetUpOutcome, settingUp table: LoadedTable) async {
        state.withLock { $0.setUps[table.descriptor.name] = (table.plugin.generation, outcome) }
        await tellAgain()
    }

    /// Does what a host can do without.
    func noting(_ what: String, _ write: () throws(PluginFailure) -> Void) {
        do throws(PluginFailure) {
            try write()
        } catch {
            logger.warning("the host could not note \(what)", metadata: ["err": "\(error)"])
        }
    }

    func log(_ report: ReloadReport) {
        for outcome in report.outcomes {
            var metadata: Logger.Metadata = [
                "reload": "\(report.id)", "file": "\(outcome.file)", "outcome": "\(outcome.kind.name)",
            ]
            if !outcome.tables.isEmpty { metadata["tables"] = "\(outcome.tables.joined(separator: ","))" }
            switch outcome.kind {
            case .failed(let reason):
                metadata["err"] = "\(reason)"
                logger.error("a plugin is not loaded", metadata: metadata)
            case .unchanged: logger.debug("a plugin is unchanged", metadata: metadata)
            default: logger.notice("a plugin is \(outcome.kind.name)", metadata: metadata)
            }
        }
        if report.outcomes.isEmpty {
            logger.warning("the plugin folder has no *.so file", metadata: ["folder": "\(configuration.directory)"])
        }
    }
}
