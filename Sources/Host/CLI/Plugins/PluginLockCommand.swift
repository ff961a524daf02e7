// `jspg plugin lock`
import ArgumentParser
import FoundationEssentials
import PluginHost
import Tables

struct PluginLockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock", abstract: "Write plugins.lock: the SHA-256 of every plugin in the folder.",
        discussion: """
            Where the plugin folder has the file plugins.lock, hosts load only what it lists, and at the next reload take \
            out of service what has left it. With PLUGIN_ADMISSION=lock it stands in the place of the files' ownership, \
            for volumes with foreign owners; the lock itself must belong to root or to the hosts' user. `jspg plugin \
            install` and `rollback` keep it up to date.
            """)

    @OptionGroup var state: StateOption
    @OptionGroup var folderOption: PluginFolderOption

    func run() async throws {
        let folder = InstalledPlugins(folder: try folderOption.path(beside: state))
        let files = try folder.files()
        guard !files.isEmpty else { throw CommandFailure("\(folder.folder) has no *.so file to lock") }
        var lock = PluginLock()
        for file in files {
            let check = try PluginCheckCommand.check("\(folder.folder)/\(file)")
            if let failure = check.failure { throw CommandFailure("nothing is written: \(file): \(failure)") }
            guard let entry = check.lockEntry else { continue }
            lock.add(entry)
            CommandOutput.write("\(entry.hash)  \(entry.name)  \(entry.version)")
        }
        try lock.write(folder: folder.folder)
        CommandOutput.step("\(folder.folder)/\(PluginLock.fileName) lists \(lock.entries.count) plugins")
    }
}

extension PluginCheck {
    /// Its line in plugins.lock; `nil` for a file that is not good.
    var lockEntry: PluginLock.Entry? {
        guard let checksum, let table = tables.first else { return nil }
        return PluginLock.Entry(hash: checksum, name: table.pluginName, version: table.pluginVersion)
    }

    /// Where the folder has a lock, puts this plugin into it.
    ///
    /// - Parameter replaced: the hash of the file whose place it took, which leaves the lock; `nil` where there is none, or
    ///   hosts still have it.
    func updateLock(of folder: String, replacing replaced: String? = nil) throws {
        guard var lock = try PluginLock.read(folder: folder), let entry = lockEntry else { return }
        lock.add(entry, replacing: replaced)
        try lock.write(folder: folder)
    }
}

extension InstalledPlugins {
    /// SHA-256 of a file in the folder, as plugins.lock lists it; `nil` where there is no such file.
    func hash(_ name: String) -> String? { content(name).map { PluginIdentity.hash(of: $0) } }
}
