// The executable jspg-processor.
import PluginHost
import PluginHosting
import Settings

/// Applies the writes that JetStream holds to PostgreSQL.
@main
struct ProcessorMain {
    static func main() async {
        let program = HostProgram(
            name: "jspg-processor", summary: "applies the writes that JetStream holds to PostgreSQL.")
        await program.run(ProcessorConfiguration.self, role: .processor) { configuration, plugins, registry, logger in
            await ProcessorApplication(configuration, plugins: plugins, registry: registry, logger: logger).run()
        }
    }
}
