// A server that can be started, stopped and started again on the same port with the same data.
import Synchronization

/// One server of a stack or of a test: `PostgresServer.make`, `NATSServer.make`, `RedisServer.make` and so on make it,
/// `start()` starts it and waits until it is ready.
package final class Server: Sendable {
    package let name: String
    package let port: Int
    /// Where clients find it.
    package let url: String
    private let command: ChildCommand
    private let isReady: @Sendable () async -> Bool
    private let whenStopped: @Sendable () -> Void
    private let current = Mutex<ChildProcess?>(nil)

    /// - Parameters:
    ///   - isReady: asked again and again.
    ///   - whenStopped: called each time after `stop` has ended the process.
    init(
        name: String, port: Int, url: String, command: ChildCommand, isReady: @escaping @Sendable () async -> Bool,
        whenStopped: @escaping @Sendable () -> Void = {}
    ) {
        self.name = name
        self.port = port
        self.url = url
        self.command = command
        self.isReady = isReady
        self.whenStopped = whenStopped
    }

    /// The running process; `nil` before `start` and after `stop`.
    package var process: ChildProcess? { current.withLock { $0 } }
    package var pid: Int32? { process?.pid }
    package var logFile: String { command.logFile }

    /// Starts the server and waits until it is ready.
    ///
    /// - Throws: `StackError` where it ends before that or is not ready within `timeout`; the log's end is in it.
    package func start(timeout: Duration = .seconds(60)) async throws {
        guard FreePort.isFree(port) else {
            throw StackError(
                "port \(port) for \(name) is in use: stop what listens there, or choose another port "
                    + "(`jspg up --ports auto` takes free ones)")
        }
        let process = try await ChildProcess.start(command)
        current.withLock { $0 = process }
        let deadline = ContinuousClock.now + timeout
        while await !isReady() {
            guard process.isRunning else {
                current.withLock { $0 = nil }
                throw StackError(
                    "\(name) ended with \(await process.exit()) before it was ready; see \(command.logFile):\n"
                        + process.logTail())
            }
            guard ContinuousClock.now < deadline else {
                await stop()
                throw StackError(
                    "\(name) was not ready within \(timeout.components.seconds) s; see \(command.logFile):\n"
                        + process.logTail())
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Asks it to end and waits for that.
    package func stop() async {
        let process = current.withLock { current in
            defer { current = nil }
            return current
        }
        await process?.stop()
        whenStopped()
    }

    /// Sends a signal: 9 kills, 19 pauses, 18 lets it go on, 1 reloads.
    package func send(_ signal: Int32) {
        process?.send(signal)
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    package func kill() async {
        let process = process
        process?.send(9)
        _ = await process?.exit()
    }

    /// Stops it, or finds it dead, and starts it again.
    package func restart() async throws {
        await stop()
        try await start()
    }
}
