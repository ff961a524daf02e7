// SIGHUP.
import ServiceLifecycle
import UnixSignals

/// A service that runs an action each time the process gets SIGHUP, one at a time; signals that come meanwhile are one.
package struct ReloadSignal: Service {
    private let action: @Sendable () async -> Void

    package init(_ action: @escaping @Sendable () async -> Void) {
        self.action = action
    }

    package func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() { await action() }
    }
}
