// `jspg plugin install`
import ArgumentParser
import PluginHost

struct PluginInstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Check a plugin, put it into the plugin folder, and have the hosts load it.",
        discussion: """
            A file that the check refuses is not installed. It may be anybody's, since a copy is installed; the plugin \
            folder must be one that hosts load from. The file that it replaces is kept beside it, hidden, for `jspg plugin \
            rollback`.
            """)

    @Argument(help: "The plugin's file, such as .build/release/libInvoices.so.")
    var file: String

    @Option(
        name: .customLong("as"), help: "Its name in the plugin folder. Default: libInvoices.so becomes invoices.so.")
    var name: String?

    @Flag(help: "Only put the file there.")
    var noReload = false

    @OptionGroup var options: PluginOptions

    func run() async throws {
        let folder = InstalledPlugins(folder: options.pluginDirectory)
        let isAdmittedByLock = try PluginCheckCommand.isAdmittedByLock
        do {
            if !isAdmittedByLock {
                try PluginAdmission.checkFolder(folder.folder, ofHostsWith: options.pluginState)
            }
        } catch {
            throw CommandFailure("\(file) is not installed: \(error)")
        }
        let check = PluginCheckCommand.check(file, isOwned: false)
        if let failure = check.failure { throw CommandFailure("\(file) is not installed: \(failure)") }
        let name = name ?? InstalledPlugins.name(of: file)
        let replaced = folder.hash(name)
        // A host that reloads in between keeps what it has.
        try check.updateLock(of: folder.folder)
        try folder.put(PluginOptions.absolute(file), as: name)
        try check.updateLock(of: folder.folder, replacing: replaced)
        CommandOutput.step("\(name) is in \(folder.folder)")
        if noReload { return }
        try ReloadCommand.show(try await HostReload(pluginState: options.pluginState).run())
    }
}
