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
        return AbsolutePath.of(
            try state.value(of: HostSettings.pluginState, in: environment) { _ in
                Endpoints.pluginState(state: state.path)
            })
    }
}
