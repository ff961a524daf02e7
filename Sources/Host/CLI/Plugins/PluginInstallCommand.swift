// `jspg plugin install`
import ArgumentParser
import PluginHost

struct PluginInstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Check a plugin, put it into the plugin folder, and have the hosts load it.",
        discussion: """
            A file that the check refuses is not installed. It may be anybody's, since a copy is installed; the plugin \
            folder must be one that hosts load from. The file that it replaces is kept beside it, hidden, for `jspg plugin \
            rollback`. A table with a new schema version is loaded, and waits until every processor has it.
            """)

    @Argument(help: "The plugin's file, such as .build/release/libInvoices.so.")
    var file: String

    @Option(
        name: .customLong("as"),
        help: "Its name in the plugin folder, with or without .so. Default: libInvoices.so becomes invoices.so.")
    var name: String?

    @Flag(help: "Only put the file there.")
    var noReload = false

    @OptionGroup var state: StateOption
    @OptionGroup var folderOption: PluginFolderOption
    @OptionGroup var hostsOption: PluginStateOption

    func run() async throws {
        let name = try InstalledPlugins.file(named: name ?? InstalledPlugins.name(of: file))
        let folder = InstalledPlugins(folder: try folderOption.path(beside: state))
        let pluginState = try hostsOption.path(beside: state)
        do {
            try folder.checkThatItIsThere()
            if try !PluginCheckCommand.isAdmittedByLock {
                try PluginAdmission.checkFolder(folder.folder, ofHostsWith: pluginState)
            }
        } catch {
            throw CommandFailure("\(file) is not installed: \(error)")
        }
        let check = PluginCheckCommand.check(file, isOwned: false)
        if let failure = check.failure { throw CommandFailure("\(file) is not installed: \(failure)") }
        let replaced = folder.hash(name)
        // A host that reloads in between keeps what it has.
        try check.updateLock(of: folder.folder)
        let isNew = try folder.put(AbsolutePath.of(file), as: name)
        try check.updateLock(of: folder.folder, replacing: replaced)
        CommandOutput.step(
            isNew ? "\(name) is in \(folder.folder)" : "\(name) is in \(folder.folder) already: nothing to replace")
        if noReload { return }
        do {
            try ReloadCommand.show(try await HostReload(pluginState: pluginState).run())
        } catch let error as CommandFailure where isNew {
            let undo =
                replaced == nil ? "remove it from there" : "`jspg plugin rollback \(name)` brings the one before back"
            throw CommandFailure("\(error)\n\(name) is in \(folder.folder) all the same: mend it, or \(undo)")
        }
    }
}
