// The executable jspg-read-api.
import PluginHost
import PluginHosting
import Settings

/// Serves reads and the status of operations over HTTP.
@main
struct ReadAPIMain {
    static func main() async {
        let program = HostProgram(
            name: "jspg-read-api", summary: "serves reads and the status of operations over HTTP.")
        await program.run(ReadAPIConfiguration.self, role: .readAPI) { configuration, plugins, registry, logger in
            await ReadAPIApplication(configuration, plugins: plugins, registry: registry, logger: logger).run()
        }
    }
}
