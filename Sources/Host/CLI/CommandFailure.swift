// Why a command failed.

/// A failure of a command, as one sentence; the tool exits 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
