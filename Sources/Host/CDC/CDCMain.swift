// The executable jspg-cdc.
import Glibc
import Settings
import Telemetry

/// Publishes the changes of PostgreSQL's tables to JetStream.
@main
struct CDCMain {
    static func main() async {
        let program = HostProgram(
            name: "jspg-cdc", summary: "publishes the changes of PostgreSQL's tables to JetStream.")
        let configuration = program.configuration(
            CDCConfiguration.self, arguments: CommandLine.arguments.dropFirst())
        let logger = LogSetup.bootstrap(
            service: program.name, level: configuration.common.logLevel, format: configuration.common.logFormat)
        exit(await CDCApplication(configuration, logger: logger).run())
    }
}
