// A nats-server of a test's own.
import Foundation
import JetStream
import Logging
import Testing

/// Runs nats-server with JetStream on a free port in a folder of its own; `sync_interval: always` as deployed.
final class NATSServer: @unchecked Sendable {
    // Unchecked: a test uses it from one task at a time.
    let port: Int
    let folder: URL
    private var process: Process?

    var url: String { "nats://127.0.0.1:\(port)" }

    /// - Parameters:
    ///   - extra: lines for the configuration file.
    ///   - hasJetStream: `false` for a server of core NATS alone.
    init(_ extra: String = "", hasJetStream: Bool = true) throws {
        port = try Self.freePort()
        folder = FileManager.default.temporaryDirectory.appending(path: "jspg-nats-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let jetStream = "jetstream { store_dir: \"\(folder.path())/store\", sync_interval: always }"
        try """
        listen: "127.0.0.1:\(port)"
        \(hasJetStream ? jetStream : "")
        \(extra)
        """.write(to: folder.appending(path: "nats.conf"), atomically: true, encoding: .utf8)
        try start()
    }

    deinit {
        process?.terminate()
        process?.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    func start() throws {
        let process = Process()
        process.executableURL = try Self.binary()
        let log = folder.appending(path: "log").path()
        process.arguments = ["-c", folder.appending(path: "nats.conf").path(), "-l", log]
        try process.run()
        self.process = process
    }

    /// SIGKILL, as a crash.
    func kill() {
        guard let process else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    func connect(userInfo: String = "") async throws -> NATSConnection {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var configuration = try NATSConfiguration(url: "nats://\(userInfo)127.0.0.1:\(port)", name: "test")
        configuration.startTimeout = .seconds(15)
        configuration.reconnectWait = .milliseconds(50)
        return try await NATSConnection.connect(configuration, logger: logger)
    }

    /// A connection whose JetStream is ready.
    func jetStream() async throws -> (JetStream, JetStreamServer) {
        let jetStream = JetStream(try await connect())
        return (jetStream, try await jetStream.server(waitingUpTo: .seconds(15)))
    }

    private static func binary() throws -> URL {
        let environment = ProcessInfo.processInfo.environment
        var folders = environment["JSPG_VENV"].map { [$0 + "/bin"] } ?? []
        let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        folders.append(repository.appending(path: ".venv/bin").path())
        folders += (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let paths = folders.map { $0 + "/nats-server" }
        return URL(filePath: try #require(paths.first { FileManager.default.isExecutableFile(atPath: $0) }))
    }

    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
