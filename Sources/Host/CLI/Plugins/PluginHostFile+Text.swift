// What hosts have made of the files in their plugin folder, for a person.
import PluginHost

extension PluginHostFile {
    /// Of a table whose schema version is not in service yet.
    static let waiting = "loaded, waits until every processor has it"

    /// What came of a file.
    ///
    /// - Parameter tables: those of the same host.
    static func text(of outcome: Outcome, among tables: [Table]) -> String {
        let isWaiting = outcome.reason == nil && tables.contains { $0.isWaiting && $0.file == outcome.file }
        return isWaiting ? waiting : outcome.outcome
    }

    /// Why files are not in service as they lie in the folder, a sentence for each.
    var refusals: [String] {
        outcomes.compactMap { outcome in outcome.reason.map { "\(outcome.file): \($0)" } }
    }

    /// Why tables could not be set up, a sentence for each.
    private var setUpFailures: [String] {
        tables.compactMap { table in
            guard case .failed(let reason)? = table.setUp else { return nil }
            return "\(table.file): the table \(table.name) could not be set up, which is tried again: \(reason)"
        }
    }

    /// What is wrong with the plugins of several hosts, the same once.
    static func failures(of hosts: [PluginHostFile]) -> [String] {
        var failures: [String] = []
        for failure in hosts.flatMap({ $0.refusals + $0.setUpFailures }) where !failures.contains(failure) {
            failures.append(failure)
        }
        return failures
    }
}
