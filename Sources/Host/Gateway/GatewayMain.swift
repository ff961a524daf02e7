// The executable jspg-gateway.
import Glibc
import PluginHost
import Settings
import Telemetry

/// Accepts writes over HTTP and stores them in JetStream.
@main
struct GatewayMain {
    static func main() async {
        PluginProbe.runIfRequested()
        let program = HostProgram(
            name: "jspg-gateway", summary: "accepts writes over HTTP and stores them in JetStream.")
        let configuration = program.configuration(
            GatewayConfiguration.self, arguments: CommandLine.arguments.dropFirst())
        let logger = LogSetup.bootstrap(
            service: program.name, level: configuration.common.logLevel, format: configuration.common.logFormat)
        let plugins = PluginHost(
            configuration: PluginHostConfiguration(
                directory: configuration.plugins.directory, state: configuration.plugins.state,
                isAdmittedByLock: configuration.plugins.isAdmittedByLock),
            role: .gateway, logger: logger)
        let registry = MetricRegistry()
        plugins.register(in: registry)
        let gateway = GatewayApplication(configuration, plugins: plugins, registry: registry, logger: logger)
        // Without running what plugins may have left for exit(3).
        _exit(await gateway.run())
    }
}
