// `jspg plugin rollback`
import ArgumentParser
import JetStream
import PluginHost
import Rollout
import Tables

struct PluginRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Bring back the file that the last install replaced.",
        discussion: """
            The two files change places, so that a second rollback undoes the first. Where the file has a lower schema \
            version than the one in service, that one is taken down, once every processor has gone back: until then \
            hosts with the newer file would go on to accept writes for it. Processors keep the newer generation for \
            the writes that wait, until they end. With hosts on several machines run it on each: the last one takes the \
            version down.

            Needs to know NATS: that of the developer stack that --state names; else NATS_URL (with NATS_CA_FILE, \
            NATS_CREDENTIALS_FILE), as the hosts have it; else that of a stack in .jspg. On a machine with hosts, first:

              set -a; . /etc/jspg/jspg.env; set +a
            """)

    @Argument(help: "The plugin's file in the plugin folder, with or without .so.")
    var name: String

    @Flag(help: "Only move the files.")
    var noReload = false

    @OptionGroup var state: StateOption
    @OptionGroup var folderOption: PluginFolderOption
    @OptionGroup var hostsOption: PluginStateOption

    func run() async throws {
        let file = try InstalledPlugins.file(named: name)
        let folder = InstalledPlugins(folder: try folderOption.path(beside: state))
        let reload = HostReload(pluginState: try hostsOption.path(beside: state))
        // Before anything moves: a second rollback, once a server is back, would undo the first.
        if !noReload {
            try reload.requireHosts()
            await (try state.nats()).close()
        }
        let replaced = folder.hash(file)
        try folder.rollBack(file)
        let check: PluginCheck
        do {
            check = try PluginCheckCommand.check("\(folder.folder)/\(file)")
            if let failure = check.failure { throw CommandFailure("hosts would refuse the previous file: \(failure)") }
            try check.updateLock(of: folder.folder, replacing: replaced)
        } catch {
            try folder.rollBack(file)
            throw CommandFailure("\(file) stays as it is: \(error)")
        }
        CommandOutput.step("\(file) is the previous file again")
        if noReload { return }
        do {
            let hosts = try await reload.run()
            // Whatever is wrong with other files.
            let failure = Result { try ReloadCommand.show(hosts) }
            try await lower(check.tables.map { ($0.name, $0.schemaVersion) })
            try failure.get()
        } catch let error as CommandFailure {
            throw CommandFailure(
                "\(error)\n\(file) is the previous file all the same: a second rollback would bring the other one back")
        }
    }

    private func lower(_ tables: [(name: String, version: Int)]) async throws {
        let nats = try await state.nats()
        do {
            try await lower(tables, on: JetStream(nats))
            await nats.close()
        } catch {
            await nats.close()
            throw error
        }
    }

    private func lower(_ tables: [(name: String, version: Int)], on jetStream: JetStream) async throws {
        do {
            for (table, version) in tables {
                guard let before = try await SchemaLowering.lower(table, to: version, on: jetStream) else { continue }
                CommandOutput.step("\(table): schema version \(version) is in service again, it was \(before)")
            }
        } catch SchemaAgreement.LoweringRefusal.processorHas(let version) {
            throw CommandFailure(
                "a processor still has schema version \(version), so that this stays in service. If it is on another "
                    + "machine, roll back there too: the last one takes it down")
        } catch let error as JetStreamError {
            throw CommandFailure("the schema version in service could not be taken down: \(error)")
        }
    }
}
