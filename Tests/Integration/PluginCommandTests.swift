// `jspg plugin …` and `jspg reload` on a running stack.
import Foundation
import Glibc
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
            var result = try await stack.jspg(["plugin", "install", file, "--as", "../gadgets"])
            #expect(result.status == 1 && result.text.contains("no name for a plugin"), "\(result.text)")
            result = try await stack.jspg(["plugin", "install", file, "--as", "gadgets"])
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

            let second = "\(build)/libSecond.so"
            try await FixturePlugin.compile(to: second, [#"TABLE="gadgets""#, #"VERSION="3.0.0""#], in: stack)
            result = try await stack.jspg(["plugin", "install", second])
            #expect(
                result.status == 1 && result.text.contains("gadgets.so serves already")
                    && result.text.contains("second.so is in"), "\(result.text)")
            try FileManager.default.removeItem(atPath: stack.endpoints.pluginDirectory + "/second.so")

            // Past the check, by hand: the reload says so, and what was in service stays.
            try Data("no plugin".utf8).write(to: URL(filePath: stack.endpoints.pluginDirectory + "/gadgets.so"))
            result = try await stack.jspg(["reload"])
            #expect(result.status == 1 && result.text.contains("no shared object"), "\(result.text)")
            result = try await stack.jspg(["status"])
            #expect(result.text.contains("gadgets.so: ") && result.text.contains("no shared object"), "\(result.text)")
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
            var result = try await stack.jspg(["reload", "--plugin-state", "/nonexistent"])
            #expect(result.status == 1)
            #expect(result.text.contains("/nonexistent"))
            result = try await stack.jspg(["plugin", "install", "x.so", "--plugin-dir", "/nonexistent"])
            #expect(result.status == 1)
            #expect(result.text.contains("with --plugin-dir, or the folder of a developer stack with --state"))
        }

        @Test(
            "an option that a command would not heed is refused",
            arguments: [
                ["reload", "--plugin-dir", "/x"], ["plugin", "list", "--plugin-dir", "/x"],
                ["plugin", "release", "x", "--plugin-dir", "/x"], ["plugin", "lock", "--plugin-state", "/x"],
            ])
        func unheeded(arguments: [String]) async throws {
            let stack = try await IntegrationStack.shared()
            let result = try await stack.jspg(arguments)
            #expect(result.status == 64 && result.text.contains("Unknown option"), "\(result.text)")
        }

        @Test(
            "of what another user alone may read the commands say whose it is, and not that nothing is there",
            .enabled(if: UnprivilegedTool.isReachable),
            arguments: [
                ["reload", "--plugin-state"], ["plugin", "list", "--plugin-state"],
                ["plugin", "release", "x", "--plugin-state"], ["plugin", "lock", "--plugin-dir"],
                ["dlq", "list", "--state"], ["status", "--state"],
            ])
        func forbidden(arguments: [String]) async throws {
            let root = NSTemporaryDirectory() + "jspg-forbidden-\(UUID().uuidString.prefix(8))"
            let folder = root + "/folder"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: root) }
            guard chmod(root, 0o755) == 0, chmod(folder, 0) == 0 else { throw StackError("chmod failed") }
            let process = try await ChildProcess.start(
                ChildCommand(
                    IntegrationStack.folderOfExecutables + "/jspg", arguments + [folder], logFile: root + "/log",
                    user: try UnprivilegedUser.ifRoot()))
            #expect(await process.exit() == .status(1))
            let text = try String(contentsOfFile: root + "/log", encoding: .utf8)
            #expect(text.contains("belongs to the user") && text.contains("as root or as that user"), "\(text)")
        }
    }
}

/// The tool as a user without privileges runs it; where the tests run as root, that is somebody else.
private enum UnprivilegedTool {
    /// Whether that user can get to it.
    static var isReachable: Bool {
        if geteuid() != 0 { return true }
        var folder = IntegrationStack.folderOfExecutables
        while !folder.isEmpty {
            var info = stat()
            guard stat(folder, &info) == 0, info.st_mode & S_IXOTH != 0 else { return false }
            folder = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
        }
        return true
    }
}
