// nats-server with JetStream, as the developer stack and the tests run it.
import Operations

/// nats-server that has synced each message before it answers: what was accepted survives a power cut.
package enum NATSServer {
    /// - Parameters:
    ///   - folder: for configuration, store and log.
    ///   - port: `nil`: any free one.
    ///   - monitorPort: of the HTTP monitoring; `nil`: any free one.
    ///   - sync: `sync_interval`; `always`, or a duration such as `2m`, nats-server's own default.
    package static func make(
        in folder: String, port: Int? = nil, monitorPort: Int? = nil, sync: String = "always",
        binaries: ServerBinaries = ServerBinaries()
    ) throws -> Server {
        try Folder.make(folder)
        let port = try port ?? FreePort.any()
        let monitorPort = try monitorPort ?? FreePort.any()
        let configuration = "\(folder)/nats-server.conf"
        let store = store(in: folder)
        try Folder.write(text(port: port, monitorPort: monitorPort, store: store, sync: sync), to: configuration)
        return Server(
            name: "nats", port: port, url: "nats://127.0.0.1:\(port)",
            command: ChildCommand(
                try binaries.natsServer(), ["-c", configuration], logFile: "\(folder)/nats.log",
                stopTimeout: .seconds(10)),
            isReady: {
                // Healthy only once JetStream has its streams again.
                guard await LoopbackSocket.httpStatus(port: monitorPort, path: "/healthz") == 200 else { return false }
                BatchStaging.link(batched, store: store)
                return true
            },
            whenStopped: { BatchStaging.remove(batched, store: store) })
    }

    /// To be called once the hosts have made the streams; what is there when the server starts is seen to already.
    static func stageBatchesInMemory(in folder: String) {
        BatchStaging.link(batched, store: store(in: folder))
    }

    /// Removes what lies outside of the folder it belongs to, where a server was killed.
    package static func removeStagedBatches(of folder: String) {
        BatchStaging.remove(batched, store: store(in: folder))
    }

    private static func store(in folder: String) -> String { "\(folder)/jetstream" }

    /// The streams that hosts write atomic batches to.
    private static let batched = [StreamName.writes, StreamName.changes]

    /// The configuration file; `deploy/nats/nats-server.conf` is the same for production.
    package static func text(port: Int, monitorPort: Int, store: String, sync: String) -> String {
        """
        listen: "127.0.0.1:\(port)"
        http: "127.0.0.1:\(monitorPort)"
        max_payload: 8MB
        jetstream {
            store_dir: "\(store)"
            # Each message is on disk before it is answered. With the default of two minutes a power cut loses
            # messages that were accepted.
            sync_interval: \(sync)
        }

        """
    }
}
