// Which hosts a command is about.
import ArgumentParser
import FoundationEssentials
import Settings
import Stack

/// `--plugin-state`, for hosts that `jspg up` did not start; beside `--state`.
struct PluginStateOption: ParsableArguments {
    @Option(
        name: .customLong("plugin-state"),
        help: """
            The hosts' PLUGIN_STATE, or the folder above several. Default: that of the stack named by --state, else \
            PLUGIN_STATE, else that of a stack in .jspg, else /var/lib/jspg.
            """)
    var givenPluginState: String?

    /// - Throws: `CommandFailure` where a stack was named that does not run.
    func path(
        beside state: StateOption, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> String {
        if let givenPluginState { return AbsolutePath.of(givenPluginState) }
        let setting = HostSettings.pluginState
        if try state.stack(unlessExported: setting.description.name, in: environment) != nil {
            return Endpoints.pluginState(state: state.path)
        }
        return AbsolutePath.of(try SettingsReader(variables: environment).value(of: setting))
    }
}
