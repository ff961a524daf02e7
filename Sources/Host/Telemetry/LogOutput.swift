// Where log lines go.
import Glibc
import Threads

/// Takes whole lines, the line feed included. Called from any thread.
package protocol LogOutput: Sendable {
    func write(line: [UInt8])
}

/// An open file of this process, usually standard output.
package struct FileLogOutput: LogOutput {
    private let file: Int32

    package init(file: Int32 = STDOUT_FILENO) {
        self.file = file
    }

    /// One write(2) for a line and no lock around it: a pipe keeps lines of up to `PIPE_BUF` (4096) bytes apart by
    /// itself, pipe(7), and longer ones are torn only where two threads log at the same moment into a full pipe. A line
    /// that can't be written (the reader is gone) is dropped.
    package func write(line: [UInt8]) {
        FileDescriptorWriter.writeAll(line, to: file)
    }
}
