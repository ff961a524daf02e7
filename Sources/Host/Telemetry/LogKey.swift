// The names of the fields of log lines, so that the same thing is called the same in every host.

/// Keys of log metadata.
package enum LogKey {
    /// What went wrong: the text of an error.
    package static let error = "err"
    package static let table = "table"
    package static let subject = "subject"
    package static let sequence = "sequence"
    package static let count = "count"
    package static let plugin = "plugin"
    package static let reason = "reason"
    package static let method = "method"
    package static let path = "path"
    package static let version = "version"
    /// The label of the logger, where it is not the service itself.
    package static let logger = "logger"
}
