// The executable jspg-read-api.
import Glibc
import PluginHost
import Settings
import Telemetry

/// Serves reads and the status of operations over HTTP.
@main
struct ReadAPIMain {
    static func main() async {
        PluginProbe.runIfRequested()
        let program = HostProgram(
            name: "jspg-read-api", summary: "serves reads and the status of operations over HTTP.")
        let configuration = program.configuration(
            ReadAPIConfiguration.self, arguments: CommandLine.arguments.dropFirst())
        let logger = LogSetup.bootstrap(
            service: program.name, level: configuration.common.logLevel, format: configuration.common.logFormat)
        let plugins = PluginHost(
            configuration: PluginHostConfiguration(
                directory: configuration.plugins.directory, state: configuration.plugins.state,
                isAdmittedByLock: configuration.plugins.isAdmittedByLock),
            role: .readAPI, logger: logger)
        let registry = MetricRegistry()
        plugins.register(in: registry)
        let readAPI = ReadAPIApplication(configuration, plugins: plugins, registry: registry, logger: logger)
        // Without running what plugins may have left for exit(3).
        _exit(await readAPI.run())
    }
}
