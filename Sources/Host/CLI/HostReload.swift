// Having the hosts look at their plugin folder.
import Glibc
import PluginHost
import Threads

/// Sends every running host SIGHUP and waits for what each has to say.
struct HostReload {
    let pluginState: String
    /// For each host.
    var timeout = Duration.seconds(30)

    /// How long a table may wait for the processors of other machines before that is said. Those of this one have told what
    /// they can apply by then.
    private static let agreementTimeout = Duration.seconds(3)

    /// Processors go first: they migrate, and a table is written only where one runs.
    ///
    /// - Returns: what each host noted after its reload, processors after their migrations, the others after what follows
    ///   from these.
    func run() async throws -> [PluginHostFile] {
        let hosts = try requireHosts()
        let processors = hosts.filter { $0.host == "processor" }
        try await reload(processors)
        try await reload(hosts.filter { $0.host != "processor" })
        return try await settled()
    }

    /// Waits until no processor is setting a table up any more, and for a while until no table waits for processors.
    private func settled() async throws -> [PluginHostFile] {
        let deadline = ContinuousClock.now + timeout
        var endOfAgreement: ContinuousClock.Instant?
        while true {
            let hosts = PluginHostFile.running(under: pluginState)
            let underWay = hosts.flatMap { host in
                host.tables.filter { $0.setUp == .underWay }.map { (host, $0.name) }
            }
            let now = ContinuousClock.now
            if let (host, table) = underWay.first {
                guard now < deadline else {
                    throw CommandFailure(
                        "\(host.host) (process \(host.process.pid)) has not set up the table \(table) within "
                            + "\(timeout.components.seconds) s: its migrations may take longer, or its log says why")
                }
            } else {
                let end = endOfAgreement ?? now + Self.agreementTimeout
                endOfAgreement = end
                let isWaiting = hosts.contains { $0.tables.contains(where: \.isWaiting) }
                if !isWaiting || now >= end { return hosts }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// The hosts that run now.
    ///
    /// - Throws: `CommandFailure` where there is none.
    @discardableResult
    func requireHosts() throws -> [PluginHostFile] {
        let hosts = PluginHostFile.running(under: pluginState)
        guard !hosts.isEmpty else {
            throw CommandFailure(
                PluginFolder.forbidden("hosts", under: pluginState)
                    ?? "no host runs that keeps its PLUGIN_STATE in \(pluginState). Name the folder with --plugin-state, or "
                    + "the folder of a developer stack with --state")
        }
        return hosts
    }

    private func reload(_ hosts: [PluginHostFile]) async throws {
        for host in hosts where kill(host.process.pid, SIGHUP) != 0 && errno != ESRCH {
            throw CommandFailure(
                "\(host.host) (process \(host.process.pid)) can't be signalled: \(String(cString: strerror(errno)))")
        }
        let deadline = ContinuousClock.now + timeout
        for host in hosts {
            while true {
                guard host.process.isRunning else {
                    throw CommandFailure(
                        "\(host.host) (process \(host.process.pid)) ended while it reloaded; its log says why")
                }
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
