// `jspg plugin …`
import ArgumentParser

struct PluginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Check, install, list, roll back, lock and release plugins.",
        subcommands: [
            PluginCheckCommand.self, PluginInstallCommand.self, PluginListCommand.self, PluginRollbackCommand.self,
            PluginReleaseCommand.self, PluginLockCommand.self,
        ])
}
