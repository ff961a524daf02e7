// What to run.

/// A program with its arguments and what it needs.
package struct ChildCommand: Sendable {
    package var executable: String
    package var arguments: [String]
    /// Added to this process's environment.
    package var environment: [String: String] = [:]
    /// Standard output and standard error are appended here.
    package var logFile: String
    /// Runs under this user, for servers that refuse root.
    package var user: UnprivilegedUser?
    /// What asks it to end.
    package var stopSignal: Int32
    /// After this it is killed.
    package var stopTimeout: Duration

    package init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], logFile: String,
        user: UnprivilegedUser? = nil, stopSignal: Int32 = 15, stopTimeout: Duration = .seconds(25)
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.logFile = logFile
        self.user = user
        self.stopSignal = stopSignal
        self.stopTimeout = stopTimeout
    }
}
