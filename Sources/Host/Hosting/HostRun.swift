// Runs a host's services from start to a clean end.
package import Logging
package import ServiceLifecycle
import Telemetry
package import UnixSignals

/// The life of a host: services start in order and stop in reverse order on SIGTERM or SIGINT.
package enum HostRun {
    /// Runs until a signal asks to stop and everything in hand is finished, or a service fails.
    ///
    /// - Parameters:
    ///   - services: what others need stands before them.
    ///   - shutdownGrace: after the signal, what is still running then is cancelled.
    /// - Returns: the exit status: 0 after a signal, 1 after a failure, which was logged in one line.
    package static func run(services: [any Service], shutdownGrace: Duration, logger: Logger) async -> Int32 {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = shutdownGrace
        do {
            try await ServiceGroup(configuration: configuration).run()
            logger.info("Stopped")
            return 0
        } catch {
            logger.critical("\(sentence(for: error))")
            return 1
        }
    }

    /// Runs like the other form, with services that have to be made first: connections, streams, plugins. A signal during
    /// that ends the host as well.
    ///
    /// - Parameter prepare: makes the services; what it throws ends the host. Gets SIGHUP, which is trapped from here on, so
    ///   that one that comes during the start is neither lost nor ends the host.
    package static func run(
        shutdownGrace: Duration, logger: Logger,
        prepare: @escaping @Sendable (UnixSignalsSequence) async throws -> [any Service]
    ) async -> Int32 {
        let reloads = await UnixSignalsSequence(trapping: .sighup)
        return await run(
            services: [PreparedServices(prepare: { try await prepare(reloads) }, logger: logger)],
            shutdownGrace: shutdownGrace, logger: logger)
    }

    private static func sentence(for error: any Error) -> String {
        if let failure = error as? HostFailure { return failure.description }
        return "The host can't go on: \(error)"
    }
}
