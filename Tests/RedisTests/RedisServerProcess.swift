// A redis-server of the tests' own.
import Foundation
import Stack

/// Starts `redis-server` on a free port, in a folder of its own, and can kill, pause and restart it.
final class RedisServerProcess: Sendable {
    private let folder: URL
    private let server: Server

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "jspg-redis-\(UUID().uuidString)")
        let socket = folder.appending(path: "redis.sock").path()
        server = try RedisServer.make(in: folder.path(), arguments: ["--unixsocket", socket])
        try await start()
    }

    deinit {
        let process = server.process
        process?.send(SIGKILL)
        while process?.isRunning == true { usleep(1_000) }
        try? FileManager.default.removeItem(at: folder)
    }

    var port: Int { server.port }
    var url: String { server.url }
    var socketURL: String { "unix://\(folder.path())/redis.sock" }

    /// Starts it, on the same port and folder as before, and waits until it listens.
    func start() async throws { try await server.start() }

    /// As a crash: nothing is saved.
    func kill() async { await server.kill() }

    /// The server holds still: it takes connections and bytes, and answers nothing.
    func pause() { server.send(SIGSTOP) }
    func resume() { server.send(SIGCONT) }
}
