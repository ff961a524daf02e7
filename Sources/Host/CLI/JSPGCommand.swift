// The tool.
import ArgumentParser
import PluginHost
import Settings

/// `jspg`: everything that an operator or developer does from a shell.
@main
struct JSPGCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jspg",
        abstract: "Asynchronous writes to PostgreSQL: the developer stack and the operator's commands.",
        version: Release.version,
        subcommands: [
            UpCommand.self, DownCommand.self, CleanCommand.self, StatusCommand.self, MigrateCommand.self,
            ReloadCommand.self, PluginCommand.self, DeadLetterCommand.self, BenchCommand.self,
        ])

    static func main() async {
        PluginProbe.runIfRequested()
        await Self.main(nil)
    }
}
