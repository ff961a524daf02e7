// `jspg plugin check`
import ArgumentParser
import JSON
import Operations
import PluginHost
import Settings
import Tables

struct PluginCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say what a plugin file is, and whether a host would load it.",
        discussion: """
            Takes the steps that a host takes: the file's name, permissions, the plugins.lock beside it, where there is \
            one, the file's structure, then a trial in a process of its own with the plugin's self-test. Exits 1 where a \
            host would refuse the file. Reads PLUGIN_ADMISSION, as hosts do.
            """)

    @Argument(help: "The plugin's file, such as .build/release/libInvoices.so.")
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let check = try Self.check(file, isInPlace: true)
        CommandOutput.write(json ? Self.document(check) : Self.text(check))
        if !check.isGood { throw ExitCode(1) }
    }

    /// Whether `plugins.lock` stands in the place of ownership.
    static var isAdmittedByLock: Bool {
        get throws { try SettingsReader().value(of: HostSettings.pluginAdmission) }
    }

    /// Checks as hosts do.
    ///
    /// - Parameter isInPlace: whether the file's name and the lock beside it count; see `PluginCheck`.
    static func check(_ file: String, isInPlace: Bool = false) throws -> PluginCheck {
        try check(file, isOwned: !isAdmittedByLock, isInPlace: isInPlace)
    }

    /// Checks with a folder for the copy that is gone afterwards.
    ///
    /// - Parameter isOwned: whether ownership is what makes the file trusted.
    static func check(_ file: String, isOwned: Bool, isInPlace: Bool = false) -> PluginCheck {
        let folder = CopyFolder()
        defer { folder.remove() }
        return PluginCheck(
            path: AbsolutePath.of(file), stateDirectory: folder.path, isOwned: isOwned, isInPlace: isInPlace)
    }

    private static func text(_ check: PluginCheck) -> String {
        var rows = TextTable([check.path, ""])
        if let size = check.size { rows.add(["size", "\(size) bytes"]) }
        if let checksum = check.checksum { rows.add(["SHA-256", checksum]) }
        if let abi = check.abi { rows.add(["ABI", abi]) }
        if let swift = check.swift { rows.add(["Swift", swift]) }
        if !check.libraries.isEmpty { rows.add(["needs", check.libraries.joined(separator: ", ")]) }
        for table in check.tables {
            rows.add(["table", "\(table.name), schema version \(table.schemaVersion), key \(table.key.name)"])
            rows.add(["  plugin", "\(table.pluginName) \(table.pluginVersion)"])
            rows.add(["  operations", table.operations.map(\.rawValue).sorted().joined(separator: ", ")])
            rows.add(["  columns", table.columns.map { "\($0.name) \($0.type.sql)" }.joined(separator: ", ")])
            if !table.migrations.isEmpty { rows.add(["  migrations", "\(table.migrations.count)"]) }
            for check in table.checks {
                rows.add(["  check", "\(check.function) on column \(names(check.columns, table))"])
            }
            for derive in table.derives {
                rows.add(["  derive", "\(table.columns[derive.column].name) by \(derive.function)"])
            }
        }
        rows.add(["result", check.failure.map { "refused: \($0)" } ?? "good: a host would load it"])
        return rows.text
    }

    private static func names(_ columns: [Int], _ table: TableDescriptor) -> String {
        columns.map { table.columns[$0].name }.joined(separator: ", ")
    }

    private static func document(_ check: PluginCheck) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("file", check.path)
        writer.member("good", check.isGood)
        if let failure = check.failure { writer.member("reason", failure) }
        if let size = check.size { writer.member("size", size) }
        if let checksum = check.checksum { writer.member("checksum", checksum) }
        if let abi = check.abi { writer.member("abi", abi) }
        if let swift = check.swift { writer.member("swift", swift) }
        writer.name("libraries")
        writer.beginArray()
        for library in check.libraries { writer.string(library) }
        writer.endArray()
        writer.name("tables")
        writer.beginArray()
        for table in check.tables { writer.raw(table.source) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
