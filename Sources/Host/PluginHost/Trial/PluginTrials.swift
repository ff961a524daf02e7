// Trying several plugins at once.
import Synchronization
import Threads

/// The trials of one reload: several at once, so that a folder of a hundred new plugins is in service
/// soon. Plugins that passed before are not tried again.
struct PluginTrials: Sendable {
    let configuration: PluginHostConfiguration
    let verdicts: PluginVerdicts
    /// Gets the hash of each plugin that passed; on the thread of its trial.
    let onPassed: @Sendable (String) -> Void

    /// Blocks until every trial has ended. On the loader thread.
    ///
    /// - Returns: why plugins did not pass, by hash; those that passed are not in it.
    func run(_ plugins: [ExaminedPlugin]) -> [String: PluginFailure] {
        let untried = Dictionary(plugins.map { ($0.hash, $0) }) { first, _ in first }.values
            .filter { !verdicts.hasPassed($0.hash) }
        let failures = Failures()
        concurrently(untried.sorted { $0.path < $1.path }, atMost: configuration.trialsAtOnce, name: "plugin-trial") {
            plugin in
            do throws(PluginFailure) {
                try PluginProbe.run(plugin.path, configuration: configuration)
                onPassed(plugin.hash)
            } catch {
                failures.add(error, of: plugin.hash)
            }
        }
        return failures.all
    }

    private final class Failures: Sendable {
        private let byHash = Mutex<[String: PluginFailure]>([:])

        func add(_ failure: PluginFailure, of hash: String) { byHash.withLock { $0[hash] = failure } }
        var all: [String: PluginFailure] { byHash.withLock { $0 } }
    }
}
