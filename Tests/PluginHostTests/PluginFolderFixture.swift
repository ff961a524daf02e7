// A plugin folder of a test's own, with plugins compiled for it.
import Foundation
import Logging
import PluginHost
import Stack

/// Compiles `Tests/Fixtures/BadPlugins/plugin.c` into a folder and loads that folder as a host does.
struct PluginFolderFixture {
    let folder: String
    let host: PluginHost
    let root: String
    private let configuration: PluginHostConfiguration
    private let role: PluginHost.Role
    private let logger: Logger
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameters:
    ///   - probeTimeout: longer than a trial takes on a machine that is busy.
    ///   - logger: the hosts'; `nil`: nobody reads it.
    init(
        role: PluginHost.Role = .tool, isAdmittedByLock: Bool = false, probeTimeout: Duration = .seconds(20),
        logger: Logger? = nil
    ) throws {
        self.role = role
        self.logger = logger ?? Self.silent
        root = NSTemporaryDirectory() + "jspg-plugins-\(UUID().uuidString.prefix(8))"
        folder = root + "/plugins"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var configuration = PluginHostConfiguration(
            directory: folder, state: root + "/state", isAdmittedByLock: isAdmittedByLock)
        // The test runner is no host: the tool tries the plugins.
        configuration.probeExecutable = URL(filePath: program).deletingLastPathComponent().path() + "jspg"
        configuration.probeTimeout = probeTimeout
        configuration.trialsAtOnce = 4
        self.configuration = configuration
        host = PluginHost(configuration: configuration, role: role, logger: self.logger)
    }

    /// A host that comes after the first one ended.
    func restarted() -> PluginHost {
        PluginHost(configuration: configuration, role: role, logger: logger)
    }

    /// What `jspg plugin check` would say of a file in the folder.
    func check(_ file: String) -> PluginCheck {
        PluginCheck(
            path: "\(folder)/\(file)", stateDirectory: configuration.stateDirectory,
            probeExecutable: configuration.probeExecutable, isInPlace: true)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: root)
    }

    /// Compiles a source of the repository with these macros and moves the plugin into the folder.
    ///
    /// - Parameters:
    ///   - header: the folder of `jspg_plugin.h`.
    ///   - libraries: files that the plugin is linked with, and options for the linker.
    func add(
        _ file: String, _ macros: [String] = [], source: String = "Tests/Fixtures/BadPlugins/plugin.c",
        header: String = "Sources/PluginAPI/include", libraries: [String] = []
    ) async throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let repository = tests.deletingLastPathComponent()
        let source = repository.appending(path: source).path()
        let include = repository.appending(path: header).path()
        let output = "\(root)/\(file)"
        try await compile(
            ["-I", include, "-o", output] + macros.map { "-D\($0)" } + [source]
                + (libraries.isEmpty ? [] : ["-Wl,--no-as-needed"] + libraries))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: output)
        try? FileManager.default.removeItem(atPath: "\(folder)/\(file)")
        try FileManager.default.moveItem(atPath: output, toPath: "\(folder)/\(file)")
    }

    /// Runs the C compiler, for a shared object.
    func compile(_ arguments: [String]) async throws {
        let process = try await ChildProcess.start(
            ChildCommand(
                "/usr/bin/cc", ["-shared", "-fPIC", "-O1", "-fvisibility=hidden"] + arguments,
                logFile: root + "/cc.log"))
        guard await process.exit() == .status(0) else {
            throw StackError("cc failed: \(try String(contentsOfFile: root + "/cc.log", encoding: .utf8))")
        }
    }

    /// The outcome of one file in a report.
    static func outcome(_ file: String, in report: ReloadReport) -> ReloadReport.Outcome.Kind? {
        report.outcomes.first { $0.file == file }?.kind
    }

    /// Why a file failed; empty where it did not.
    static func reason(_ file: String, in report: ReloadReport) -> String {
        if case .failed(let reason) = outcome(file, in: report) { reason } else { "" }
    }
}
