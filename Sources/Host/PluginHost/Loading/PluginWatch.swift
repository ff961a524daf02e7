// Reloading without a signal.
import ServiceLifecycle
import Threads

/// Looks at the plugin folder twice a second and runs an action when it has changed and is quiet again
/// (`PLUGIN_WATCH=1`), and once at the beginning, for what came between the host's start and the first look. A look lists
/// the folder; no file is opened.
package struct PluginWatch: Service {
    private let folder: String
    private let interval: Duration
    private let isOn: Bool
    private let action: @Sendable () async -> Void

    /// - Parameter isOn: without it the service does nothing until it is stopped.
    package init(
        _ folder: String, isOn: Bool, interval: Duration = .milliseconds(500),
        action: @escaping @Sendable () async -> Void
    ) {
        self.folder = folder
        self.isOn = isOn
        self.interval = interval
        self.action = action
    }

    package func run() async throws {
        guard isOn else { return try await gracefulShutdown() }
        await cancelWhenGracefulShutdown {
            // Disks can be slow, and the cooperative pool has few threads.
            let thread = ThreadExecutor(name: "plugin-watch")
            defer { thread.stop() }
            let folder = folder
            var changes = FolderChanges()
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                guard let files = try? await thread.run({ FolderChanges.files(folder) }) else { continue }
                if changes.observe(files) { await action() }
            }
        }
    }
}
