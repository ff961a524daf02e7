// `jspg migrate`
import ArgumentParser
import FoundationEssentials
import Logging
import PluginHost
import Postgres
import Settings
import Tables

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the hosts' own tables and those of the plugins up to date.",
        discussion: """
            Applies what is missing, in order, each migration in a transaction of its own, under an advisory lock: it may \
            run in two places at once. Reads DATABASE_URL, PLUGIN_DIR, PLUGIN_STATE and \
            PLUGIN_ADMISSION.
            """)

    @Flag(help: "Only the hosts' own tables.")
    var hostsOnly = false

    func run() async throws {
        let settings = SettingsReader()
        let url = try settings.value(of: HostSettings.databaseURL)
        let logger = Logger(label: "jspg")
        let connection: PostgresConnection
        do {
            connection = try await PostgresConnection.connect(
                PostgresConfiguration(url: url, applicationName: "jspg-migrate"), logger: logger)
        } catch {
            throw CommandFailure("\(error). Check DATABASE_URL and that the server runs.")
        }
        var count = try await apply(HostMigrations.owner, HostMigrations.all, on: connection)
        if !hostsOnly { count += try await migratePlugins(settings, logger, on: connection) }
        await connection.close()
        if count == 0 { CommandOutput.write("Everything is up to date.") }
    }

    private func migratePlugins(
        _ settings: SettingsReader, _ logger: Logger, on connection: PostgresConnection
    ) async throws -> Int {
        let folder = try settings.value(of: HostSettings.pluginDirectory)
        guard FileManager.default.fileExists(atPath: folder) else {
            CommandOutput.write("There is no plugin folder \(folder), so there are no tables of plugins.")
            return 0
        }
        let copies = CopyFolder()
        defer { copies.remove() }
        let host = PluginHost(
            configuration: PluginHostConfiguration(
                directory: folder, state: copies.path,
                isAdmittedByLock: try settings.value(of: HostSettings.pluginAdmission)), role: .tool, logger: logger)
        let report = await host.start()
        var count = 0
        for descriptor in host.tables.all.map(\.descriptor).parentsFirst {
            let migrations = descriptor.migrations.map { Migration(version: $0.version, name: $0.name, sql: $0.sql) }
            count += try await apply(descriptor.name, migrations, on: connection)
            try await publishChanges(of: descriptor.name, on: connection)
        }
        guard report.isComplete else { throw CommandFailure("not every plugin could be loaded; see above") }
        return count
    }

    private func publishChanges(of table: String, on connection: PostgresConnection) async throws {
        do {
            try await connection.run { try ChangePublication.ensure(table: table, on: $0) }
        } catch let error as PostgresError {
            CommandOutput.error(
                "the changes of \(table) are not published for jspg-cdc: \(error.safeDescription). The user needs CREATE on "
                    + "the database and must own the table")
        }
    }

    private func apply(
        _ owner: String, _ migrations: [Migration], on connection: PostgresConnection
    ) async throws -> Int {
        let applied = try await MigrationRunner.run(owner: owner, migrations: migrations, on: connection)
        for migration in applied { CommandOutput.write("applied \(owner) \(migration.version): \(migration.name)") }
        return applied.count
    }
}
