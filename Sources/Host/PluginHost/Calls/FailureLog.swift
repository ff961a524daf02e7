// Why a table's plugin failed, for its author.
import Logging
import Operations
import Synchronization
import Telemetry
import Threads

/// Logs failures of one generation of a table, at most one a second: a client may send the same body again and again, and
/// `jspg_plugin_errors_total` counts them all. Any thread.
final class FailureLog: Sendable {
    /// In nanoseconds.
    private static let interval: UInt64 = 1_000_000_000

    private let table: String
    private let plugin: PluginIdentity
    private let logger: Logger?
    /// When, by `MonotonicTime`.
    private let lastLine = Atomic<UInt64>(0)

    init(table: String, plugin: PluginIdentity, logger: Logger?) {
        self.table = table
        self.plugin = plugin
        self.logger = logger
    }

    func note(_ failure: PluginRejection, for origin: PluginCallOrigin) {
        guard let logger else { return }
        let now = MonotonicTime.now
        let last = lastLine.load(ordering: .relaxed)
        guard now >= last + Self.interval,
            lastLine.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
        else { return }
        logger.error(
            "a plugin failed on a write: its author has to mend it",
            metadata: [
                LogKey.table: "\(table)", "file": "\(plugin.file)", LogKey.plugin: "\(plugin.hash.prefix(12))",
                "operation": "\(origin.operation.map(\.description) ?? "none")", LogKey.error: "\(failure.sentence)",
            ])
    }
}
