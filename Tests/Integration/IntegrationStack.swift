// The servers and hosts that the integration tests run against: real ones, on free ports, for this process alone.
import Foundation
import Stack
import Synchronization

/// One developer stack for all integration tests. It is started with the first test that asks for it; its processes die
/// with this one.
struct IntegrationStack: Sendable {
    let endpoints: Endpoints
    let stack: DeveloperStack
    /// The folder of the executables under test.
    let binaries: String
    let state: String

    var gateway: String { endpoints.urls["gateway"] ?? "" }
    var readAPI: String { endpoints.urls["readApi"] ?? "" }
    var web: String { endpoints.urls["web"] ?? "" }
    var database: String { endpoints.urls["database"] ?? "" }

    static var folderOfExecutables: String {
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    /// Detached, so that it does not end with the test that asks first.
    private static let starting = Task.detached { try await start() }

    /// Starts a stack; for a test that needs one of its own. It is stopped and its folder removed when the test is over;
    /// of a test that has failed the folder stays until the next run, for its logs. Its processes die with this one.
    ///
    /// - Parameter environment: further settings of the hosts.
    static func start(environment: [String: String] = [:]) async throws -> IntegrationStack {
        _ = removeAbandoned
        let state = "\(NSTemporaryDirectory())\(folderPrefix)\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        // The tool looks only at stacks that run, and another run of the tests removes those that don't.
        try SupervisorFile(state: state).write()
        // PostgreSQL's user must be able to pass through.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: state)
        var configuration = StackConfiguration(state: state, binaries: folderOfExecutables, ports: try .automatic())
        configuration.processors = 2
        configuration.environment = environment
        let stack = DeveloperStack(configuration) { print("stack: \($0)") }
        Teardown.current?.add { isFailed in
            await stack.stop()
            if isFailed { print("stack: what is left of it is in \(state)") } else { Self.remove(state) }
        }
        try await stack.start()
        return IntegrationStack(
            endpoints: await stack.endpoints, stack: stack, binaries: folderOfExecutables, state: state)
    }

    private static let folderPrefix = "jspg-integration-"

    /// Once, and before the first stack: what those have left behind whose process has ended.
    private static let removeAbandoned: Void = {
        let folder = NSTemporaryDirectory()
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix(folderPrefix) && SupervisorFile(state: folder + name).runningPid == nil {
            remove(folder + name)
        }
        AbandonedFiles.remove(from: folder, lockedPrefix: folder + folderPrefix)
    }()

    /// Removes a stack's folder, and what belongs to it and lies elsewhere.
    private static func remove(_ state: String) {
        PostgresServer.removeData(of: state + "/postgres")
        NATSServer.removeStagedBatches(of: state + "/nats")
        try? FileManager.default.removeItem(atPath: state)
    }

    /// Restarts what tests kill, for as long as the tests run.
    private static let supervising = Task { try await starting.value.stack.supervise() }

    static func shared() async throws -> IntegrationStack {
        let stack = try await starting.value
        _ = supervising
        return stack
    }

    /// The process that has this name now.
    func pid(_ name: String) async -> Int32? {
        await stack.endpoints.pids[name]
    }

    /// Kills a process and waits until another one has taken its place.
    func killAndAwaitRestart(_ name: String) async throws {
        let before = await pid(name)
        if let before { kill(before, SIGKILL) }
        try await awaiting("\(name) was not started again", within: .seconds(30)) {
            guard let now = await pid(name) else { return false }
            return now != before && Endpoints.read(state: state)?.pids[name] == now
        }
    }
}
