// Ends the waits of clients when a host stops.
import ServiceLifecycle

/// Stands behind the HTTP server, so that it is told first and requests that wait are answered before the server waits
/// for them.
package struct DoneWatchService: Service {
    private let watch: DoneWatch

    package init(_ watch: DoneWatch) {
        self.watch = watch
    }

    package func run() async throws {
        try? await gracefulShutdown()
        watch.stop()
    }
}
