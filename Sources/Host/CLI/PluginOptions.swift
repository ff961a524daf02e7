// Which hosts and which plugin folder a command is about.
import ArgumentParser
import FoundationEssentials
import Stack

/// `--state`, or `--plugin-dir` and `--plugin-state` for hosts that `jspg up` did not start.
struct PluginOptions: ParsableArguments {
    @OptionGroup var state: StateOption

    @Option(
        name: .customLong("plugin-dir"),
        help: "The plugin folder. Default: PLUGIN_DIR, else that of the stack in --state, else /opt/jspg/plugins.")
    var givenPluginDirectory: String?

    @Option(
        name: .customLong("plugin-state"),
        help: "The hosts' PLUGIN_STATE, or the folder above several. Default as for --plugin-dir; /var/lib/jspg.")
    var givenPluginState: String?

    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func validate() throws {
        // A folder of production must not be taken for that of a stack which does not run.
        if givenPluginDirectory == nil { _ = try state.endpoints() }
    }

    private var endpoints: Endpoints? { try? state.endpoints() }

    var pluginDirectory: String {
        Self.absolute(
            givenPluginDirectory ?? Self.environment("PLUGIN_DIR") ?? endpoints?.pluginDirectory
                ?? "/opt/jspg/plugins")
    }

    var pluginState: String {
        Self.absolute(
            givenPluginState ?? Self.environment("PLUGIN_STATE")
                ?? (endpoints == nil ? "/var/lib/jspg" : "\(state.path)/plugin-state"))
    }

    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}
