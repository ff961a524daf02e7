// `jspg plugin release`
import ArgumentParser
import PluginHost

struct PluginReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Forget a plugin's crashes, so that it is called again.",
        discussion: """
            Ends the quarantine of a plugin that crashed three times within a minute, and lets hosts load a file again \
            that crashed one while it was loaded. Hosts notice within a second; what they had not loaded they load at \
            the next reload. A new file needs no release.
            """)

    @Argument(help: "The plugin's file in the plugin folder, with or without .so, or the table.")
    var name: String

    @OptionGroup var state: StateOption
    @OptionGroup var hostsOption: PluginStateOption

    func run() async throws {
        let file = name.hasSuffix(".so") ? name : name + ".so"
        let pluginState = try hostsOption.path(beside: state)
        let count = CrashFolder.all(under: pluginState).reduce(0) { count, folder in
            count + folder.remove { $0.file == file || $0.table == name }
        }
        guard count > 0 else {
            throw CommandFailure(
                PluginFolder.forbidden("crashes", under: pluginState)
                    ?? "no crash of \(name) is noted in \(pluginState). `jspg plugin list` shows what is quarantined")
        }
        CommandOutput.step("forgot \(count) crash\(count == 1 ? "" : "es") of \(name)")
    }
}
