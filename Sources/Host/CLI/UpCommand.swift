// `jspg up`
import ArgumentParser
import FoundationEssentials
import Glibc
import Stack

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Start the developer stack and keep it running.",
        discussion: """
            Starts PostgreSQL, nats-server, Redis, the hosts and nginx, applies the migrations, waits until each is healthy, \
            and prints where everything is, and why plugins are not in service, where some are not. What dies is started \
            again. Ctrl-C stops it; the data stay, and the next `jspg up` finds them. A server given by NATS_URL, \
            DATABASE_URL or REDIS_URL is used instead of starting one.
            """)

    enum PortChoice: String, ExpressibleByArgument, CaseIterable {
        case fixed, auto
    }

    @OptionGroup var state: StateOption

    @Flag(help: "Return when everything is healthy; a supervisor stays behind. `jspg down` ends it.")
    var detach = false

    @Option(
        help: """
            auto: free ports for all; fixed: 3000 to 3003 and 8080, and for the servers 4222, 5432, 6379 and 8222, or free \
            ones where these are taken.
            """)
    var ports = PortChoice.fixed

    @Option(help: "How many processors to start.")
    var processors = 1

    func validate() throws {
        guard (1...16).contains(processors) else { throw ValidationError("--processors must be from 1 to 16.") }
    }

    func run() async throws {
        let state = state.path
        if let pid = SupervisorFile(state: state).runningPid {
            throw CommandFailure(
                "A stack already runs in \(state) (process \(pid)). `jspg down --state \(self.state.folder)` stops it.")
        }
        do {
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure("The folder \(state) can't be made: \(error)")
        }
        if detach {
            try await DetachedSupervisor(state: state).start(
                arguments: ["--ports", ports.rawValue, "--processors", String(processors)])
            return
        }
        try await supervise(state)
    }

    private func supervise(_ state: String) async throws {
        let supervisor = SupervisorFile(state: state)
        try supervisor.write()
        defer { supervisor.remove() }
        let stack = DeveloperStack(try configuration(state)) { CommandOutput.step($0) }
        let isStopped = await StopSignals.runUntilSignal {
            do {
                try await stack.start()
            } catch {
                if !(error is CancellationError) { CommandOutput.error("\(error)") }
                return
            }
            CommandOutput.write(StackTable.ofRunning(await stack.endpoints, state: state).text)
            await stack.supervise()
        } stop: {
            CommandOutput.step("stopping")
            await stack.stop()
        }
        await stack.stop()
        if !isStopped { throw ExitCode(1) }
    }

    private func configuration(_ state: String) throws -> StackConfiguration {
        let environment = ProcessInfo.processInfo.environment
        var configuration = StackConfiguration(
            state: state, binaries: try Self.folderOfThisProgram(),
            ports: ports == .auto ? try .automatic() : try .usual())
        configuration.processors = processors
        configuration.natsURL = environment["NATS_URL"].flatMap { $0.isEmpty ? nil : $0 }
        configuration.databaseURL = environment["DATABASE_URL"].flatMap { $0.isEmpty ? nil : $0 }
        configuration.redisURL = environment["REDIS_URL"].flatMap { $0.isEmpty ? nil : $0 }
        return configuration
    }

    private static func folderOfThisProgram() throws -> String {
        let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }
}
