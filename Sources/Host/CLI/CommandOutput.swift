// What the tool says to a person.
import Glibc
import Threads

/// Lines on standard output and standard error, written at once.
enum CommandOutput {
    static func write(_ text: String) { put(text + "\n", on: STDOUT_FILENO) }

    /// A step of something that takes a while.
    static func step(_ sentence: String) { put("jspg: \(sentence)\n", on: STDOUT_FILENO) }

    static func error(_ sentence: String) { put("jspg: \(sentence)\n", on: STDERR_FILENO) }

    private static func put(_ text: String, on descriptor: Int32) {
        FileDescriptorWriter.writeAll(Array(text.utf8), to: descriptor)
    }
}
