// `jspg plugin …` and `jspg reload` on a running stack.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Plugin commands")
    struct PluginCommands {
        /// Runs the tool.
        ///
        /// - Returns: its exit status and everything that it printed.
        private static func jspg(
            _ arguments: [String], on stack: IntegrationStack
        ) async throws -> (status: Int32, text: String) {
            let log = "\(stack.state)/jspg-\(UUID().uuidString).log"
            let process = try await ChildProcess.start(
                ChildCommand(stack.binaries + "/jspg", arguments + ["--state", stack.state], logFile: log))
            guard case .status(let status) = await process.exit() else { throw StackError("jspg crashed") }
            return (status, try String(contentsOfFile: log, encoding: .utf8))
        }

        @Test("install, list, replace, roll back: every host follows, and bad files change nothing")
        func commands() async throws {
            let stack = try await IntegrationStack.shared()
            let build = "\(stack.state)/build"
            try FileManager.default.createDirectory(atPath: build, withIntermediateDirectories: true)
            let file = "\(build)/libGadgets.so"
            try await FixturePlugin.compile(to: file, [#"TABLE="gadgets""#, #"VERSION="1.0.0""#], in: stack)
            var result = try await Self.jspg(["plugin", "install", file], on: stack)
            #expect(result.status == 0, "\(result.text)")
            let answer = try await HTTPCalls.write(
                stack.gateway + "/gadgets", key: Operation.newKey, #"{"name":"one"}"#)
            #expect(try await Operation(answer).end(on: stack)["status"]?.string == "completed")

            try await FixturePlugin.compile(to: file, [#"TABLE="gadgets""#, #"VERSION="1.1.0""#], in: stack)
            result = try await Self.jspg(["plugin", "install", file], on: stack)
            #expect(result.status == 0 && result.text.contains("replaced"), "\(result.text)")
            #expect(try await Self.versions(of: "gadgets", on: stack) == ["1.1.0"])
            result = try await Self.jspg(["plugin", "rollback", "gadgets"], on: stack)
            #expect(result.status == 0, "\(result.text)")
            #expect(try await Self.versions(of: "gadgets", on: stack) == ["1.0.0"])

            try await FixturePlugin.compile(to: file, [#"TABLE="gadgets""#, "TRAP_IN_REGISTER"], in: stack)
            result = try await Self.jspg(["plugin", "install", file], on: stack)
            #expect(result.status == 1 && result.text.contains("crashed in its entry"), "\(result.text)")
            #expect(try await Self.versions(of: "gadgets", on: stack) == ["1.0.0"])

            // Past the check, by hand: the reload says so, and what was in service stays.
            try Data("no plugin".utf8).write(to: URL(filePath: stack.endpoints.pluginDirectory + "/gadgets.so"))
            result = try await Self.jspg(["reload"], on: stack)
            #expect(result.status == 1 && result.text.contains("no shared object"), "\(result.text)")
            let again = try await HTTPCalls.write(
                stack.gateway + "/gadgets", key: Operation.newKey, #"{"name":"two"}"#)
            #expect(try await Operation(again).end(on: stack)["status"]?.string == "completed")
            try FileManager.default.removeItem(atPath: stack.endpoints.pluginDirectory + "/gadgets.so")
            result = try await Self.jspg(["reload"], on: stack)
            #expect(result.status == 0 && result.text.contains("removed"), "\(result.text)")
        }

        /// The versions that the hosts have loaded; one where they agree.
        private static func versions(of table: String, on stack: IntegrationStack) async throws -> Set<String> {
            let result = try await jspg(["plugin", "list", "--json"], on: stack)
            let rows = try JSONDocument(parsing: result.text.split(separator: "\n").first.map(String.init) ?? "").root
            return Set(rows.elements.filter { $0["table"]?.string == table }.compactMap { $0["version"]?.string })
        }

        @Test("without hosts the commands say where they looked")
        func noHosts() async throws {
            let stack = try await IntegrationStack.shared()
            let result = try await Self.jspg(
                ["reload", "--plugin-state", "/nonexistent", "--plugin-dir", "/nonexistent"], on: stack)
            #expect(result.status == 1)
            #expect(result.text.contains("/nonexistent"))
        }
    }
}
