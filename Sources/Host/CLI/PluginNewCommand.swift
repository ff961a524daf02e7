// `jspg plugin new`
import ArgumentParser
import FoundationEssentials

struct PluginNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write a Swift package with a table of your own.",
        discussion: """
            Makes a folder with a package that builds as it is: one table, its entry, a test, a README. The package \
            depends on jspg's product PluginAPI and on nothing else.

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
    var jspgVersion = "1.0.0"

    func run() async throws {
        let template = try PluginTemplate(name: name, dependency: try dependency())
        let target = PluginOptions.absolute(folder ?? name)
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
        CommandOutput.write(
            """
              cd \(folder ?? name)
              swift test                       # builds it and runs its tests
              swift build -c release
              jspg plugin install .build/release/lib\(name).so    # --state FOLDER: that of your stack, .jspg as a rule
            """)
    }

    private func dependency() throws -> PluginTemplate.Dependency {
        if let jspg, jspg.contains("://") || jspg.hasPrefix("git@") { return .url(jspg, from: jspgVersion) }
        if let jspg {
            let path = PluginOptions.absolute(jspg)
            guard FileManager.default.fileExists(atPath: "\(path)/Sources/PluginAPI") else {
                throw CommandFailure("\(path) is not the package jspg: it has no Sources/PluginAPI")
            }
            return .path(path)
        }
        // The tool lies in .build/release of the package.
        guard let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw CommandFailure("say with --jspg where the package jspg is")
        }
        var folder = executable[..<(executable.lastIndex(of: "/") ?? executable.startIndex)]
        while let slash = folder.lastIndex(of: "/") {
            if FileManager.default.fileExists(atPath: "\(folder)/Sources/PluginAPI") { return .path(String(folder)) }
            folder = folder[..<slash]
        }
        throw CommandFailure(
            "this tool was not built in a copy of jspg: say with --jspg where the package is, a folder or the URL of a "
                + "repository")
    }
}
