// Where everything of a stack is.
import FoundationEssentials
import Glibc
import JSON

/// The content of `endpoints.json`.
package struct Endpoints: Sendable, Equatable {
    /// `gateway`, `readApi`, `web`, `nats`, `natsMonitor`, `database`, `redis` to URLs, and those of `otherHosts`.
    package var urls: [String: String]
    /// The folder of plugins of this stack's own.
    package var pluginDirectory: String
    /// By name: `postgres`, `nats`, `redis`, `nginx`, `gateway`, `processor`, `read-api`, `cdc`, further replicas as
    /// `processor-2`.
    package var pids: [String: Int32]

    package init(urls: [String: String], pluginDirectory: String, pids: [String: Int32]) {
        self.urls = urls
        self.pluginDirectory = pluginDirectory
        self.pids = pids
    }

    /// The members in this order, so that the file reads well.
    private static let names = ["gateway", "readApi", "web", "nats", "natsMonitor", "database", "redis"]

    /// The names of the hosts that have health and metrics alone to ask for: `cdc`, `processor`, `processor-2`.
    package var otherHosts: [String] {
        urls.keys.filter { !Self.names.contains($0) }.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    }

    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for name in Self.names + otherHosts where urls[name] != nil { writer.member(name, urls[name]) }
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
        for (name, value) in root.members where name != "pluginDir" { urls[name] = value.string }
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

    /// The hosts' `PLUGIN_STATE`.
    package static func pluginState(state: String) -> String { "\(state)/plugin-state" }
}
