// Installs the log handler of a host.
package import Logging

/// Sets up swift-log for this process.
package enum LogSetup {
    /// Every logger made from now on writes lines to standard output. To be called once, before the first logger is made.
    ///
    /// - Parameters:
    ///   - service: the host, `jspg-gateway`.
    /// - Returns: the host's own logger.
    package static func bootstrap(service: String, level: Logger.Level, format: LogFormat) -> Logger {
        let output = FileLogOutput()
        LoggingSystem.bootstrap { label in
            LineLogHandler(service: service, label: label, level: level, format: format, output: output)
        }
        return Logger(label: service)
    }
}
