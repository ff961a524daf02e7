// Turns log events into lines.
package import Logging

/// A `LogHandler` that writes each event as one line: a JSON object, or text for people.
///
/// JSON: `time` (RFC 3339, UTC, milliseconds), `level`, `service`, `message`, then the metadata in the order of its keys.
/// Metadata of the event wins over the logger's, and that over the provider's. A value longer than 2 KB is cut.
package struct LineLogHandler: LogHandler {
    package var metadataProvider: Logger.MetadataProvider?
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level

    private let service: String
    private let label: String
    private let format: LogFormat
    private let output: any LogOutput
    private let clock: @Sendable () -> String

    /// - Parameters:
    ///   - service: the host, `jspg-gateway`.
    ///   - label: the logger's label; shown where it differs from `service`.
    ///   - clock: gives the time as text.
    package init(
        service: String, label: String, level: Logger.Level, format: LogFormat, output: any LogOutput,
        clock: @escaping @Sendable () -> String = LogClock.now
    ) {
        self.service = service
        self.label = label
        logLevel = level
        self.format = format
        self.output = output
        self.clock = clock
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadataProvider?.get() ?? [:]
        fields.merge(metadata) { $1 }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error, fields[LogKey.error] == nil { fields[LogKey.error] = "\(error)" }
        if label != service { fields[LogKey.logger] = .string(label) }
        let line = LogLine(
            time: clock(), level: event.level, service: service, message: event.message.description, fields: fields)
        output.write(line: format == .json ? line.json : line.text)
    }
}
