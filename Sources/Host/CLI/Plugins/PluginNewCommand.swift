// `jspg plugin new`
import ArgumentParser
import FoundationEssentials
import Settings
import Stack

struct PluginNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write a Swift package with a table of your own.",
        discussion: """
            Makes a folder with a package that builds as it is: one table, its entry, a test, a README. The plugin links \
            jspg's product PluginAPI and nothing else. Swift's package manager fetches the packages that jspg is built from \
            with it, and takes no name twice: a plugin can't have that of one of their modules, nor of one of Swift's own.

            Example: jspg plugin new Invoices
            """)

    @Argument(
        help: "The plugin's name in upper camel case. The table of Invoices is invoices, of OrderLines order_lines.")
    var name: String

    @Option(help: "The folder to make. Default: the plugin's name, in the current folder.")
    var folder: String?

    @Option(
        help:
            "Where the package jspg is: a folder, or the URL of a repository. Default: the one that this tool was built in."
    )
    var jspg: String?

    @Option(help: "The least version of jspg; only with a URL.")
    var jspgVersion = Release.version

    func run() async throws {
        let dependency = try dependency()
        let package: String? = if case .path(let path) = dependency { path } else { Self.ownPackage }
        let template = try PluginTemplate(
            name: name, dependency: dependency, tool: Self.tool, stack: Self.runningStack(beside: package),
            plugins: Self.plugins(of: package))
        let target = AbsolutePath.of(folder ?? name)
        guard !FileManager.default.fileExists(atPath: target) else {
            throw CommandFailure("\(target) exists already: name another folder with --folder")
        }
        for (path, text) in template.files {
            let file = URL(filePath: "\(target)/\(path)")
            do {
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            } catch {
                throw CommandFailure("\(target)/\(path) can't be written: \(error)")
            }
            CommandOutput.write("  \(path)")
        }
        CommandOutput.step("\(target) is a plugin with the table \(template.table). Next:")
        for command in ["cd \(folder ?? name)"] + template.commands { CommandOutput.write("  \(command)") }
        if let hint = template.hint { CommandOutput.write("\n\(hint)") }
    }

    /// What runs this tool, from the plugin's folder too.
    private static var tool: String {
        guard CommandLine.arguments.first?.contains("/") ?? false else { return "jspg" }
        return (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "jspg"
    }

    /// The state folder of the stack that runs in the current folder, or in that of jspg, where `make run` starts one.
    private static func runningStack(beside package: String?) -> String? {
        let folders = [AbsolutePath.of(".jspg")] + (package.map { ["\($0)/.jspg"] } ?? [])
        return folders.first { Endpoints.readOfRunningStack(state: $0) != nil }
    }

    /// The names of the plugins that jspg's package has, each in a folder of its own.
    private static func plugins(of package: String?) -> Set<String> {
        Set(package.flatMap { try? FileManager.default.contentsOfDirectory(atPath: "\($0)/Plugins") } ?? [])
    }

    private func dependency() throws -> PluginTemplate.Dependency {
        if let jspg, jspg.contains("://") || jspg.hasPrefix("git@") { return .url(jspg, from: jspgVersion) }
        if let jspg {
            let path = AbsolutePath.of(jspg)
            guard FileManager.default.fileExists(atPath: "\(path)/Sources/PluginAPI") else {
                throw CommandFailure("\(path) is not the package jspg: it has no Sources/PluginAPI")
            }
            return .path(path)
        }
        guard let package = Self.ownPackage else {
            throw CommandFailure(
                "this tool was not built in a copy of jspg: say with --jspg where the package is, a folder or the URL of "
                    + "a repository")
        }
        return .path(package)
    }

    /// The folder of the package that this tool was built in; it lies in .build/release there.
    private static var ownPackage: String? {
        let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        var folder = executable[..<(executable.lastIndex(of: "/") ?? executable.startIndex)]
        while let slash = folder.lastIndex(of: "/") {
            if FileManager.default.fileExists(atPath: "\(folder)/Sources/PluginAPI") { return String(folder) }
            folder = folder[..<slash]
        }
        return nil
    }
}
