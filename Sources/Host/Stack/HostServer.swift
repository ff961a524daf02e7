// One of jspg's own hosts.

/// A gateway, processor or read-api as a child process.
package enum HostServer {
    /// - Parameters:
    ///   - name: `gateway`, `processor-2`.
    ///   - executable: its path.
    ///   - port: of its HTTP server, where it answers `/health/ready`.
    ///   - environment: its settings, `PORT` excepted.
    package static func make(
        _ name: String, executable: String, port: Int, environment: [String: String], logFolder: String
    ) throws -> Server {
        try Folder.make(logFolder)
        var environment = environment
        environment["PORT"] = String(port)
        environment["HOST"] = "127.0.0.1"
        return Server(
            name: name, port: port, url: "http://127.0.0.1:\(port)",
            command: ChildCommand(
                executable, [], environment: environment, logFile: "\(logFolder)/\(name).log"),
            isReady: { await LoopbackSocket.httpStatus(port: port, path: "/health/ready") == 200 })
    }
}
