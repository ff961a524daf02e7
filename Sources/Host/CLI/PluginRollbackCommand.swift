// `jspg plugin rollback`
import ArgumentParser
import PluginHost

struct PluginRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Bring back the file that the last install replaced.",
        discussion: "The two files change places, so that a second rollback undoes the first.")

    @Argument(help: "The plugin's file in the plugin folder, with or without .so.")
    var name: String

    @Flag(help: "Only move the files.")
    var noReload = false

    @OptionGroup var options: PluginOptions

    func run() async throws {
        let folder = InstalledPlugins(folder: options.pluginDirectory)
        let file = name.hasSuffix(".so") ? name : name + ".so"
        try folder.rollBack(file)
        try PluginCheckCommand.check("\(folder.folder)/\(file)").updateLock(of: folder.folder)
        CommandOutput.step("\(file) is the previous file again")
        if noReload { return }
        try ReloadCommand.show(try await HostReload(pluginState: options.pluginState).run())
    }
}
