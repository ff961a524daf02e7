// One of jspg's own hosts.
import Synchronization

/// A gateway, processor, read-api or cdc as a child process.
package enum HostServer {
    /// What is alive so long without being ready waits for something that starting it anew does not bring: a processor,
    /// for a newer plugin that its queue needs.
    private static let patience = Duration.seconds(5)

    /// - Parameters:
    ///   - name: `gateway`, `processor-2`.
    ///   - executable: its path.
    ///   - port: of its HTTP server, where it answers `/health/ready` and `/health/live`.
    ///   - environment: its settings, `PORT` excepted.
    package static func make(
        _ name: String, executable: String, port: Int, environment: [String: String], logFolder: String
    ) throws -> Server {
        try Folder.make(logFolder)
        var environment = environment
        environment["PORT"] = String(port)
        environment["HOST"] = "127.0.0.1"
        let aliveSince = AliveSince()
        return Server(
            name: name, port: port, url: "http://127.0.0.1:\(port)",
            command: ChildCommand(
                executable, [], environment: environment, logFile: "\(logFolder)/\(name).log"),
            isReady: {
                if await LoopbackSocket.httpStatus(port: port, path: "/health/ready") == 200 {
                    aliveSince.forget()
                    return true
                }
                let isAlive = await LoopbackSocket.httpStatus(port: port, path: "/health/live") == 200
                guard aliveSince.note(isAlive, at: .now) >= patience else { return false }
                aliveSince.forget()
                return true
            })
    }

    /// When a host that is being started was first seen alive.
    private final class AliveSince: Sendable {
        private let since = Mutex<ContinuousClock.Instant?>(nil)

        func forget() { since.withLock { $0 = nil } }

        /// - Returns: for how long it has been alive.
        func note(_ isAlive: Bool, at now: ContinuousClock.Instant) -> Duration {
            since.withLock { since in
                since = isAlive ? since ?? now : nil
                return since.map { now - $0 } ?? .zero
            }
        }
    }
}
