// SIGHUP.
import ServiceLifecycle
package import UnixSignals

/// A service that runs an action each time the process gets SIGHUP, one at a time.
package struct ReloadSignal: Service {
    private let signals: UnixSignalsSequence
    private let action: @Sendable () async -> Void

    /// - Parameter signals: trapped since the process began, or SIGHUP would have ended it meanwhile; see `HostRun`. What came
    ///   before `run()` is acted upon then.
    package init(_ signals: UnixSignalsSequence, _ action: @escaping @Sendable () async -> Void) {
        self.signals = signals
        self.action = action
    }

    package func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { await action() }
    }
}
