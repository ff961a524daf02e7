// The folder of a stack.
import ArgumentParser
import FoundationEssentials

/// `--state DIR`, which every command on a developer stack has.
struct StateOption: ParsableArguments {
    @Option(name: .customLong("state"), help: "The folder of the stack's data, logs and endpoints.json.")
    var folder = ".jspg"

    /// The folder's absolute path; servers have working directories of their own.
    var path: String {
        folder.hasPrefix("/") ? folder : "\(FileManager.default.currentDirectoryPath)/\(folder)"
    }
}
