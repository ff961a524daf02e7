// `jspg plugin …` and `jspg reload` on a running stack.
import Foundation
import JSON
import Stack
import Testing

extension Integration {
    @Suite("Plugin commands")
    struct PluginCommands {
        @Test("install, list, replace, roll back: every host follows, and bad files change nothing")
        func commands() async throws {
            let stack = try await IntegrationStack.shared()
            let build = "\(stack.state)/build"
            try FileManager.default.createDirectory(atPath: build, withIntermediateDirectories: true)
            let file = "\(build)/libGadgets.so"
            try await FixturePlugin.compile(to: file, [#"TABLE="gadgets""#, #"VERSION="1.0.0""#], in: stack)
            var result = try await stack.jspg(["plugin", "install", file])
            #expect(result.status == 0, "\(result.text)")
            let answer = try await HTTPCalls.write(
                stack.gateway + "/gadgets", key: Operation.newKey, #"{"name":"one"}"#)
            #expect(try await Operation(answer).end(on: stack)["status"]?.string == "completed")

            try await FixturePlugin.compile(to: file, [#"TABLE="gadgets""#, #"VERSION="1.1.0""#], in: stack)
            result = try await stack.jspg(["plugin", "install", file])
            #expect(result.status == 0 && result.text.contains("replaced"), "\(result.text)")
            #expect(try await Self.versions(of: "gadgets", on: stack) == ["1.1.0"])
            result = try await stack.jspg(["plugin", "rollback", "gadgets"])
            #expect(result.status == 0, "\(result.text)")
            #expect(try await Self.versions(of: "gadgets", on: stack) == ["1.0.0"])

            try await FixturePlugin.compile(to: file, [#"TABLE="gadgets""#, "TRAP_IN_REGISTER"], in: stack)
            result = try await stack.jspg(["plugin", "install", file])
            #expect(result.status == 1 && result.text.contains("crashed in its entry"), "\(result.text)")
            #expect(try await Self.versions(of: "gadgets", on: stack) == ["1.0.0"])

            // Past the check, by hand: the reload says so, and what was in service stays.
            try Data("no plugin".utf8).write(to: URL(filePath: stack.endpoints.pluginDirectory + "/gadgets.so"))
            result = try await stack.jspg(["reload"])
            #expect(result.status == 1 && result.text.contains("no shared object"), "\(result.text)")
            let again = try await HTTPCalls.write(
                stack.gateway + "/gadgets", key: Operation.newKey, #"{"name":"two"}"#)
            #expect(try await Operation(again).end(on: stack)["status"]?.string == "completed")
            try FileManager.default.removeItem(atPath: stack.endpoints.pluginDirectory + "/gadgets.so")
            result = try await stack.jspg(["reload"])
            #expect(result.status == 0 && result.text.contains("removed"), "\(result.text)")
        }

        /// The versions that the hosts have loaded; one where they agree.
        private static func versions(of table: String, on stack: IntegrationStack) async throws -> Set<String> {
            let result = try await stack.jspg(["plugin", "list", "--json"])
            let rows = try JSONDocument(parsing: result.text.split(separator: "\n").first.map(String.init) ?? "").root
            return Set(rows.elements.filter { $0["table"]?.string == table }.compactMap { $0["version"]?.string })
        }

        @Test("without hosts the commands say where they looked")
        func noHosts() async throws {
            let stack = try await IntegrationStack.shared()
            let result = try await stack.jspg(
                ["reload", "--plugin-state", "/nonexistent", "--plugin-dir", "/nonexistent"])
            #expect(result.status == 1)
            #expect(result.text.contains("/nonexistent"))
        }
    }
}
