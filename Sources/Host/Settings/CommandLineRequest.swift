// What a host was asked for on its command line.

/// The hosts take their configuration from the environment; their command line knows `--help` and `--version`.
package enum CommandLineRequest: Sendable, Equatable {
    case run
    case help
    case version
    case unknown(argument: String)

    /// - Parameter arguments: without the program's own name.
    package init(arguments: some Sequence<String>) {
        self = .run
        for argument in arguments {
            switch argument {
            case "--help", "-h": self = .help
            case "--version": if self != .help { self = .version }
            default:
                self = .unknown(argument: argument)
                return
            }
        }
    }
}
