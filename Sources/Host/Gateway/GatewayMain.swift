// The executable jspg-gateway.
import PluginHost
import PluginHosting
import Settings

/// Accepts writes over HTTP and stores them in JetStream.
@main
struct GatewayMain {
    static func main() async {
        let program = HostProgram(
            name: "jspg-gateway", summary: "accepts writes over HTTP and stores them in JetStream.")
        await program.run(GatewayConfiguration.self, role: .gateway) { configuration, plugins, registry, logger in
            await GatewayApplication(configuration, plugins: plugins, registry: registry, logger: logger).run()
        }
    }
}
