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

    private static let starting = Task { try await start() }

    /// Starts a stack; for a test that needs one of its own. Its processes die with this one.
    ///
    /// - Parameter environment: further settings of the hosts.
    static func start(environment: [String: String] = [:]) async throws -> IntegrationStack {
        let state = NSTemporaryDirectory() + "jspg-integration-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        // PostgreSQL's user must be able to pass through.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: state)
        var configuration = StackConfiguration(state: state, binaries: folderOfExecutables, ports: try .automatic())
        configuration.processors = 2
        configuration.environment = environment
        let stack = DeveloperStack(configuration) { print("stack: \($0)") }
        try await stack.start()
        // The tool looks only at stacks that run.
        try SupervisorFile(state: state).write()
        return IntegrationStack(
            endpoints: await stack.endpoints, stack: stack, binaries: folderOfExecutables, state: state)
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
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let now = await pid(name)
            if let now, now != before, Endpoints.read(state: state)?.pids[name] == now { return }
            guard ContinuousClock.now < deadline else { throw StackError("\(name) was not started again") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
