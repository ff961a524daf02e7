// The names of the fields of log lines, so that the same thing is called the same in every host.

/// Keys of log metadata.
package enum LogKey {
    /// What went wrong: the text of an error.
    package static let error = "err"
    package static let table = "table"
    package static let operationID = "operationId"
    package static let entityID = "entityId"
    package static let operation = "operation"
    package static let partition = "partition"
    package static let stream = "stream"
    package static let consumer = "consumer"
    package static let subject = "subject"
    package static let sequence = "sequence"
    package static let count = "count"
    package static let attempts = "attempts"
    /// A duration in milliseconds.
    package static let milliseconds = "ms"
    package static let plugin = "plugin"
    package static let pluginVersion = "pluginVersion"
    package static let pluginHash = "pluginHash"
    package static let generation = "generation"
    package static let reload = "reload"
    package static let outcome = "outcome"
    package static let reason = "reason"
    package static let file = "file"
    package static let host = "host"
    package static let port = "port"
    /// A server's URL without its password.
    package static let url = "url"
    package static let state = "state"
    package static let method = "method"
    package static let path = "path"
    package static let status = "status"
    package static let version = "version"
    package static let processID = "pid"
    package static let signal = "signal"
    package static let settings = "settings"
    /// The label of the logger, where it is not the service itself.
    package static let logger = "logger"
    /// W3C Trace Context.
    package static let traceparent = "traceparent"
}
