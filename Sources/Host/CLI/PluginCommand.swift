// `jspg plugin …`
import ArgumentParser

struct PluginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Check, install, list and roll back plugins.",
        subcommands: [
            PluginCheckCommand.self, PluginInstallCommand.self, PluginListCommand.self, PluginRollbackCommand.self,
        ])
}
