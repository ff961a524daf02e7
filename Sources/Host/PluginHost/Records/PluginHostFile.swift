// What a host has loaded, for tools on the same machine.
import Glibc
package import JSON
import Tables
package import Threads

/// `PLUGIN_STATE/hosts/{host}-{pid}.json`: written after each reload, in one step. A file whose process has ended says
/// nothing and is removed by who finds it.
package struct PluginHostFile: Sendable {
    package struct Table: Sendable {
        package let name: String
        package let plugin: String
        package let version: String
        package let generation: Int
        package let file: String
        package let checksum: String
        /// In a processor, what came of its migrations; elsewhere `nil`.
        package var setUp: TableSetUpOutcome?
        /// Whether it is loaded, and goes into service once every processor has its schema version.
        package var isWaiting = false
    }

    package struct Outcome: Sendable {
        package let file: String
        package let outcome: String
        package let reason: String?
    }

    /// `gateway`, `processor` or `read-api`.
    package let host: String
    package let process: RunningProcess
    /// The plugin folder.
    package let directory: String
    /// Counts the reloads of that process, from 1.
    package let reload: Int
    /// Those in service, then those that wait: a table may be among both, with two versions.
    package let tables: [Table]
    package let outcomes: [Outcome]

    // MARK: - Writing

    func write(stateDirectory: String) throws(PluginFailure) {
        let folder = stateDirectory + "/hosts"
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw PluginFailure("\(folder) can't be made: \(PluginAdmission.errorText(errno))")
        }
        Self.removeEnded(in: folder)
        try StateFile.write(json, to: "\(folder)/\(host)-\(process.pid).json")
    }

    private static func removeEnded(in folder: String) {
        for name in names(in: folder) {
            if let file = PluginHostFile(path: "\(folder)/\(name)"), !file.process.isRunning {
                unlink("\(folder)/\(name)")
            }
        }
    }

    private var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("host", host)
        writer.member("pid", process.pid)
        writer.member("startTime", process.startTime)
        writer.member("pluginDir", directory)
        writer.member("reload", reload)
        writer.name("tables")
        writer.beginArray()
        for table in tables {
            writer.beginObject()
            table.writeMembers(to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.name("outcomes")
        writer.beginArray()
        for outcome in outcomes { outcome.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    // MARK: - Reading

    /// The files of the hosts that run now, by host and pid.
    ///
    /// - Parameter stateDirectory: a `PLUGIN_STATE`, or a folder of several of them.
    package static func running(under stateDirectory: String) -> [PluginHostFile] {
        let files = PluginFolder.stateFolders(under: stateDirectory).flatMap { folder in
            names(in: folder + "/hosts").compactMap { PluginHostFile(path: "\(folder)/hosts/\($0)") }
        }
        return files.filter(\.process.isRunning).sorted { ($0.host, $0.process.pid) < ($1.host, $1.process.pid) }
    }

    private static func names(in path: String) -> [String] {
        (try? PluginFolder.names(path)) ?? []
    }

    private init?(path: String) {
        guard let bytes = StateFile.read(path), let json = try? JSONDocument(parsing: bytes).root,
            let host = json["host"]?.string,
            let pid = json["pid"]?.int64, let startTime = json["startTime"]?.string,
            let directory = json["pluginDir"]?.string, let reload = json["reload"]?.int64
        else { return nil }
        self.init(
            host: host, process: RunningProcess(pid: Int32(truncatingIfNeeded: pid), startTime: startTime),
            directory: directory, reload: Int(reload),
            tables: json["tables"]?.elements.map { Table($0) } ?? [],
            outcomes: json["outcomes"]?.elements.map { Outcome($0) } ?? [])
    }

    init(
        host: String, process: RunningProcess, directory: String, reload: Int, tables: [Table], outcomes: [Outcome]
    ) {
        self.host = host
        self.process = process
        self.directory = directory
        self.reload = reload
        self.tables = tables
        self.outcomes = outcomes
    }
}

extension PluginHostFile.Table {
    package init(_ table: LoadedTable, isWaiting: Bool = false) {
        self.init(
            name: table.descriptor.name, plugin: table.plugin.name, version: table.plugin.version,
            generation: table.plugin.generation, file: table.plugin.file, checksum: table.plugin.hash,
            isWaiting: isWaiting)
    }

    /// Into an object that the caller has begun and may go on with.
    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("name", name)
        writer.member("plugin", plugin)
        writer.member("version", version)
        writer.member("generation", generation)
        writer.member("file", file)
        writer.member("checksum", checksum)
        if let setUp { writer.member("setUp", setUp.name) }
        if case .failed(let reason)? = setUp { writer.member("setUpFailure", reason) }
        if isWaiting { writer.member("waiting", true) }
    }

    fileprivate init(_ json: JSONValue) {
        self.init(
            name: json["name"]?.string ?? "", plugin: json["plugin"]?.string ?? "",
            version: json["version"]?.string ?? "", generation: Int(json["generation"]?.int64 ?? 0),
            file: json["file"]?.string ?? "", checksum: json["checksum"]?.string ?? "",
            setUp: json["setUp"]?.string.flatMap {
                TableSetUpOutcome(name: $0, reason: json["setUpFailure"]?.string ?? "")
            }, isWaiting: json["waiting"]?.bool ?? false)
    }
}

extension PluginHostFile.Outcome {
    package init(_ outcome: ReloadReport.Outcome) {
        let reason: String? = if case .failed(let reason) = outcome.kind { reason } else { nil }
        self.init(file: outcome.file, outcome: outcome.kind.name, reason: reason)
    }

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("file", file)
        writer.member("outcome", outcome)
        if let reason { writer.member("reason", reason) }
        writer.endObject()
    }

    fileprivate init(_ json: JSONValue) {
        self.init(
            file: json["file"]?.string ?? "", outcome: json["outcome"]?.string ?? "", reason: json["reason"]?.string)
    }
}
