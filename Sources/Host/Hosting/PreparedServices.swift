// Services that need others to be reached before they can be made.
import Logging
import ServiceLifecycle

/// Makes services, then runs them in a group of their own, in order; they stop in reverse order.
struct PreparedServices: Service {
    private let prepare: @Sendable () async throws -> [any Service]
    private let logger: Logger

    init(prepare: @escaping @Sendable () async throws -> [any Service], logger: Logger) {
        self.prepare = prepare
        self.logger = logger
    }

    func run() async throws {
        let services: [any Service]
        do {
            services = try await cancelWhenGracefulShutdown(prepare)
        } catch {
            // Asked to stop before it was ready: nothing is in hand.
            if Task.isShuttingDownGracefully { return }
            throw error
        }
        if Task.isShuttingDownGracefully { return }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        try await ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: quiet)).run()
    }
}
