// The main program of a host with plugins.
import Glibc
package import Logging
package import PluginHost
package import Settings
package import Telemetry

extension HostProgram {
    /// Reads the configuration, sets logs, plugins and metrics up, runs the host and ends the process. To be called first
    /// thing in `main`: the process may be one that tries a plugin.
    ///
    /// - Parameter host: runs until it is asked to stop, and returns the exit status.
    package func run<Configuration: PluginHostingConfiguration>(
        _: Configuration.Type, role: PluginHost.Role,
        host: @Sendable (Configuration, PluginHost, MetricRegistry, Logger) async -> Int32
    ) async -> Never {
        PluginProbe.runIfRequested()
        let configuration = configuration(Configuration.self, arguments: CommandLine.arguments.dropFirst())
        let logger = LogSetup.bootstrap(
            service: name, level: configuration.common.logLevel, format: configuration.common.logFormat)
        let plugins = PluginHost(
            configuration: PluginHostConfiguration(configuration.plugins), role: role, logger: logger)
        let registry = MetricRegistry()
        plugins.register(in: registry)
        // Without running what plugins may have left for exit(3).
        _exit(await host(configuration, plugins, registry, logger))
    }
}
