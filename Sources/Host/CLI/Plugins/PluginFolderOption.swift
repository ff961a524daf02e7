// Which plugin folder a command is about.
import ArgumentParser
import FoundationEssentials
import Settings
import Stack

/// `--plugin-dir`, for hosts that `jspg up` did not start; beside `--state`.
struct PluginFolderOption: ParsableArguments {
    @Option(
        name: .customLong("plugin-dir"),
        help: """
            The plugin folder. Default: that of the stack named by --state, else PLUGIN_DIR, else that of a stack in .jspg, \
            else /opt/jspg/plugins.
            """)
    var givenPluginDirectory: String?

    /// - Throws: `CommandFailure` where a stack was named that does not run.
    func path(
        beside state: StateOption, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> String {
        if let givenPluginDirectory { return AbsolutePath.of(givenPluginDirectory) }
        return AbsolutePath.of(
            try state.value(of: HostSettings.pluginDirectory, in: environment, ofStack: \.pluginDirectory))
    }
}
