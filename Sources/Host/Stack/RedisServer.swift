// Redis (or Valkey), as the developer stack and the tests run it.

/// A Redis that keeps nothing on disk: it is a cache.
package enum RedisServer {
    /// - Parameters:
    ///   - folder: for its log and dumps.
    ///   - port: `nil`: any free one.
    ///   - arguments: further ones, such as `--maxmemory 1mb`.
    package static func make(
        in folder: String, port: Int? = nil, arguments: [String] = [], binaries: ServerBinaries = ServerBinaries()
    ) throws -> Server {
        try Folder.make(folder)
        let port = try port ?? FreePort.any()
        return Server(
            name: "redis", port: port, url: "redis://127.0.0.1:\(port)",
            command: ChildCommand(
                try binaries.redisServer(),
                [
                    "--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no",
                ] + arguments, logFile: "\(folder)/redis.log", stopTimeout: .seconds(10)),
            isReady: { await LoopbackSocket.accepts(port: port) })
    }
}
