// Where everything of a stack is.
import FoundationEssentials
import Glibc
import JSON

/// The content of `endpoints.json`.
package struct Endpoints: Sendable, Equatable {
    /// `gateway`, `readApi`, `web`, `nats`, `natsMonitor`, `database`, `redis` to URLs.
    package var urls: [String: String]
    /// The folder of plugins of this stack's own.
    package var pluginDirectory: String
    /// By name: `postgres`, `nats`, `redis`, `nginx`, `gateway`, `processor`, `read-api`, further replicas as
    /// `processor-2`.
    package var pids: [String: Int32]

    package init(urls: [String: String], pluginDirectory: String, pids: [String: Int32]) {
        self.urls = urls
        self.pluginDirectory = pluginDirectory
        self.pids = pids
    }

    /// The members in this order, so that the file reads well.
    private static let names = ["gateway", "readApi", "web", "nats", "natsMonitor", "database", "redis"]

    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for name in Self.names where urls[name] != nil { writer.member(name, urls[name]) }
        writer.member("pluginDir", pluginDirectory)
        writer.name("pids")
        writer.beginObject()
        for (name, pid) in pids.sorted(by: { $0.key < $1.key }) { writer.member(name, pid) }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// `nil` where the bytes are no such file.
    package init?(_ bytes: [UInt8]) {
        guard let root = try? JSONDocument(parsing: bytes).root, let folder = root["pluginDir"]?.string,
            let pids = root["pids"]
        else { return nil }
        urls = [:]
        for name in Self.names { urls[name] = root[name]?.string }
        pluginDirectory = folder
        self.pids = Dictionary(
            pids.members.compactMap { name, value in value.int64.flatMap { Int32(exactly: $0) }.map { (name, $0) } }
        ) { first, _ in first }
    }

    /// Reads a state folder's file; `nil` where there is none.
    package static func read(state: String) -> Endpoints? {
        FileManager.default.contents(atPath: path(state: state)).flatMap { Endpoints(Array($0)) }
    }

    /// Of a stack that runs: a file that a power cut left behind says nothing.
    package static func readOfRunningStack(state: String) -> Endpoints? {
        SupervisorFile(state: state).runningPid == nil ? nil : read(state: state)
    }

    package static func isRunning(_ pid: Int32) -> Bool { kill(pid, 0) == 0 || errno == EPERM }

    package static func path(state: String) -> String { "\(state)/endpoints.json" }
}
