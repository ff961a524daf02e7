// What the tool says to a person.
import Glibc

/// Lines on standard output and standard error, written at once.
enum CommandOutput {
    static func write(_ text: String) { put(text + "\n", on: STDOUT_FILENO) }

    /// A step of something that takes a while.
    static func step(_ sentence: String) { put("jspg: \(sentence)\n", on: STDOUT_FILENO) }

    static func error(_ sentence: String) { put("jspg: \(sentence)\n", on: STDERR_FILENO) }

    private static func put(_ text: String, on descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
