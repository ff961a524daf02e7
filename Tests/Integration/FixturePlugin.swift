// Plugins that tests compile and deploy.
import Foundation
import Stack

/// `Tests/Fixtures/BadPlugins/plugin.c` in the plugin folder of a running stack.
enum FixturePlugin {
    /// Compiles it with these macros and moves it into the folder.
    static func install(_ file: String, _ macros: [String], in stack: IntegrationStack) async throws {
        let output = "\(stack.state)/\(file)"
        try await compile(to: output, macros, in: stack)
        guard rename(output, "\(stack.endpoints.pluginDirectory)/\(file)") == 0 else {
            throw StackError("\(file) could not be moved into the plugin folder")
        }
    }

    /// Compiles it with these macros.
    static func compile(to output: String, _ macros: [String], in stack: IntegrationStack) async throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let process = try await ChildProcess.start(
            ChildCommand(
                "/usr/bin/cc",
                [
                    "-shared", "-fPIC", "-O1", "-fvisibility=hidden", "-I",
                    tests.deletingLastPathComponent().appending(path: "Sources/PluginAPI/include").path(), "-o", output,
                ] + macros.map { "-D\($0)" } + [tests.appending(path: "Fixtures/BadPlugins/plugin.c").path()],
                logFile: stack.state + "/cc.log"))
        guard await process.exit() == .status(0) else {
            throw StackError("cc failed: \(try String(contentsOfFile: stack.state + "/cc.log", encoding: .utf8))")
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: output)
    }

    /// Installs a plugin of a table and has every host serve it.
    static func serve(_ table: String, _ macros: [String] = [], on stack: IntegrationStack) async throws {
        try await install("\(table).so", macros + [#"TABLE="\#(table)""#], in: stack)
        try await reload(stack)
        try await awaitTable(table, on: stack)
    }

    /// Has every host look at the plugin folder, and waits until each has and processors have applied the migrations.
    static func reload(_ stack: IntegrationStack) async throws {
        try await awaiting("a host ends again and again while it reloads", within: .seconds(30)) {
            let result = try await stack.jspg(["reload"])
            // One that a plugin has brought down may be busy with its backtrace for seconds.
            guard result.status == 0 || result.text.contains("ended while it reloaded") else {
                throw StackError("jspg reload: \(result.text)")
            }
            return result.status == 0
        }
    }

    /// Waits until the hosts have agreed on the table: the gateway takes writes to it, the read API serves it.
    static func awaitTable(_ table: String, on stack: IntegrationStack) async throws {
        for host in [stack.gateway, stack.readAPI] {
            try await awaiting("\(table) is not served") {
                try await HTTPCalls.get(host + "/openapi.json").text.contains("\"/\(table)\"")
            }
        }
    }
}
