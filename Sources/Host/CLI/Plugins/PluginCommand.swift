// `jspg plugin …`
import ArgumentParser

struct PluginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Write, check, install, list, roll back, lock and release plugins.",
        subcommands: [
            PluginNewCommand.self, PluginCheckCommand.self, PluginInstallCommand.self, PluginListCommand.self,
            PluginRollbackCommand.self,
            PluginReleaseCommand.self, PluginLockCommand.self,
        ])
}
