// The folder of a stack.
import ArgumentParser
import FoundationEssentials
import PluginHost
import Settings
import Stack

/// `--state DIR`, which every command on a developer stack has.
struct StateOption: ParsableArguments {
    @Option(
        name: .customLong("state"), help: "The folder of the stack's data, logs and endpoints.json. Default: .jspg.")
    var givenFolder: String?

    var folder: String { givenFolder ?? ".jspg" }

    /// The folder's absolute path, one for each folder however it is written; servers have working directories of their
    /// own.
    var path: String {
        var names: [Substring] = []
        for name in AbsolutePath.of(folder).split(separator: "/") where name != "." {
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return "/" + names.joined(separator: "/")
    }

    /// Where the stack is that runs in the folder; `nil` where none was named, and none runs in the default one.
    ///
    /// - Throws: `CommandFailure` where one was named that does not run, or only another user can say whether one does: it
    ///   must not be mistaken for another.
    func endpoints() throws -> Endpoints? {
        if let endpoints = Endpoints.readOfRunningStack(state: path) { return endpoints }
        let supervisor = SupervisorFile(state: path)
        let needed = supervisor.runningPid == nil ? supervisor.path : Endpoints.path(state: path)
        if let reason = ForbiddenPath.reason(needed) { throw CommandFailure(reason) }
        guard givenFolder == nil else {
            throw CommandFailure("no stack runs in \(path): start it with `jspg up`, or leave --state out")
        }
        return nil
    }

    /// The stack that a command works on; `nil` where it takes what a variable says, or that one's default. A stack that was
    /// named wins over what is exported, and that over one that happens to run in the default folder.
    ///
    /// - Throws: as `endpoints()`.
    func stack(
        unlessExported variable: String, in environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Endpoints? {
        if givenFolder == nil, let exported = environment[variable], !exported.isEmpty { return nil }
        return try endpoints()
    }

    /// What a setting says, or the stack in its place.
    ///
    /// - Throws: as `endpoints()`; `SettingError`; what `ofStack` throws.
    func value(
        of setting: Setting<String>, in environment: [String: String] = ProcessInfo.processInfo.environment,
        ofStack: (Endpoints) throws -> String
    ) throws -> String {
        guard let stack = try stack(unlessExported: setting.description.name, in: environment) else {
            return try SettingsReader(variables: environment).value(of: setting)
        }
        return try ofStack(stack)
    }
}
