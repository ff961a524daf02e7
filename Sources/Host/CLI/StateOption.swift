// The folder of a stack.
import ArgumentParser
import FoundationEssentials

/// `--state DIR`, which every command on a developer stack has.
struct StateOption: ParsableArguments {
    @Option(name: .customLong("state"), help: "The folder of the stack's data, logs and endpoints.json.")
    var folder = ".jspg"

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
}
