// A nats-server of a test's own.
import Foundation
import JetStream
import Logging
import Stack
import Testing

/// Runs nats-server with JetStream on a free port in a folder of its own; `sync_interval: always` as deployed.
final class NATSServer: @unchecked Sendable {
    // Unchecked: a test uses it from one task at a time.
    let port: Int
    let folder: URL
    private let hasJetStream: Bool
    private var process: ChildProcess?

    var url: String { "nats://127.0.0.1:\(port)" }

    /// - Parameters:
    ///   - extra: lines for the configuration file.
    ///   - hasJetStream: `false` for a server of core NATS alone.
    init(_ extra: String = "", hasJetStream: Bool = true) async throws {
        port = try FreePort.any()
        self.hasJetStream = hasJetStream
        folder = FileManager.default.temporaryDirectory.appending(path: "jspg-nats-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try configure(extra)
        try await start()
    }

    /// Writes the configuration file for the next start.
    func configure(_ extra: String) throws {
        let jetStream = "jetstream { store_dir: \"\(folder.path())/store\", sync_interval: always }"
        try """
        listen: "127.0.0.1:\(port)"
        \(hasJetStream ? jetStream : "")
        \(extra)
        """.write(to: folder.appending(path: "nats.conf"), atomically: true, encoding: .utf8)
    }

    deinit {
        process?.send(SIGKILL)
        while process?.isRunning == true { usleep(1_000) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Starts it; clients wait until it listens.
    func start() async throws {
        process = try await ChildProcess.start(
            ChildCommand(
                try ServerBinaries().natsServer(), ["-c", folder.appending(path: "nats.conf").path()],
                logFile: folder.appending(path: "log").path()))
    }

    /// SIGKILL, as a crash.
    func kill() async {
        process?.send(SIGKILL)
        _ = await process?.exit()
        process = nil
    }

    func connect(userInfo: String = "") async throws -> NATSConnection {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var configuration = try NATSConfiguration(url: "nats://\(userInfo)127.0.0.1:\(port)", name: "test")
        configuration.startTimeout = .seconds(60)
        configuration.reconnectWait = .milliseconds(50)
        return try await NATSConnection.connect(configuration, logger: logger)
    }

    /// A connection whose JetStream is ready.
    func jetStream() async throws -> (JetStream, JetStreamServer) {
        let jetStream = JetStream(try await connect())
        return (jetStream, try await jetStream.server(waitingUpTo: .seconds(60)))
    }
}
