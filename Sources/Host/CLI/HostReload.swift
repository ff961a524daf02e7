// Having the hosts look at their plugin folder.
import PluginHost
import Threads

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Sends every running host SIGHUP and waits for what each has to say.
struct HostReload {
    let pluginState: String
    /// For each host.
    var timeout = Duration.seconds(30)

    /// Processors go first: they migrate, and a table is written only where one runs.
    ///
    /// - Returns: what each host noted after its reload.
    func run() async throws -> [PluginHostFile] {
        let hosts = PluginHostFile.running(under: pluginState)
        guard !hosts.isEmpty else {
            throw CommandFailure(
                "no host runs that keeps its PLUGIN_STATE in \(pluginState). Name the folder with --plugin-state, or the "
                    + "folder of a developer stack with --state")
        }
        let processors = hosts.filter { $0.host == "processor" }
        try await reload(processors)
        try await reload(hosts.filter { $0.host != "processor" })
        return PluginHostFile.running(under: pluginState)
    }

    private func reload(_ hosts: [PluginHostFile]) async throws {
        for host in hosts where kill(host.process.pid, SIGHUP) != 0 && errno != ESRCH {
            throw CommandFailure(
                "\(host.host) (process \(host.process.pid)) can't be signalled: \(String(cString: strerror(errno)))")
        }
        let deadline = ContinuousClock.now + timeout
        for host in hosts {
            while host.process.isRunning {
                let now = PluginHostFile.running(under: pluginState).first { $0.process == host.process }
                if let now, now.reload > host.reload { break }
                guard ContinuousClock.now < deadline else {
                    throw CommandFailure(
                        "\(host.host) (process \(host.process.pid)) has not reloaded within "
                            + "\(timeout.components.seconds) s; its log says why")
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}
