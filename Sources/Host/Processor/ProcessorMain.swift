// The executable jspg-processor.
import Glibc
import PluginHost
import Settings
import Telemetry

/// Applies the writes that JetStream holds to PostgreSQL.
@main
struct ProcessorMain {
    static func main() async {
        PluginProbe.runIfRequested()
        let program = HostProgram(
            name: "jspg-processor", summary: "applies the writes that JetStream holds to PostgreSQL.")
        let configuration = program.configuration(
            ProcessorConfiguration.self, arguments: CommandLine.arguments.dropFirst())
        let logger = LogSetup.bootstrap(
            service: program.name, level: configuration.common.logLevel, format: configuration.common.logFormat)
        let plugins = PluginHost(
            configuration: PluginHostConfiguration(
                directory: configuration.plugins.directory, state: configuration.plugins.state,
                isAdmittedByLock: configuration.plugins.isAdmittedByLock),
            role: .processor, logger: logger)
        let registry = MetricRegistry()
        plugins.register(in: registry)
        let processor = ProcessorApplication(configuration, plugins: plugins, registry: registry, logger: logger)
        // Without running what plugins may have left for exit(3).
        _exit(await processor.run())
    }
}
