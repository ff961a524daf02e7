// The folder of a stack.
import ArgumentParser
import FoundationEssentials
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
        let path = folder.hasPrefix("/") ? folder : "\(FileManager.default.currentDirectoryPath)/\(folder)"
        var names: [Substring] = []
        for name in path.split(separator: "/") where name != "." {
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return "/" + names.joined(separator: "/")
    }

    /// Where the stack is that runs in the folder; `nil` where none was named, and none runs in the default one.
    ///
    /// - Throws: `CommandFailure` where one was named that does not run: it must not be mistaken for another.
    func endpoints() throws -> Endpoints? {
        let endpoints = Endpoints.readOfRunningStack(state: path)
        if endpoints == nil && givenFolder != nil {
            throw CommandFailure("no stack runs in \(path): start it with `jspg up`, or leave --state out")
        }
        return endpoints
    }
}
