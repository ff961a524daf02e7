// A process that this one started, from start to end.
import CLinux
import Glibc
import Synchronization
import Threads

/// A running child. It is killed when this process ends, however that happens, so that no server outlives a test or a
/// stack. A thread of its own waits for its end.
package final class ChildProcess: Sendable {
    /// How a process ended.
    package enum Exit: Sendable, Equatable, CustomStringConvertible {
        case status(Int32)
        case signal(Int32)

        package var description: String {
            switch self {
            case .status(let status): "exit status \(status)"
            case .signal(let signal): "signal \(signal)"
            }
        }
    }

    private struct State {
        var exit: Exit?
        var waiters: [CheckedContinuation<Exit, Never>] = []
    }

    package let pid: Int32
    package let command: ChildCommand
    private let state = Mutex(State())

    /// Never stopped: Linux kills the children of a *thread* that ends (prctl(2), PR_SET_PDEATHSIG).
    private static let spawner = ThreadExecutor(name: "spawner")

    /// - Throws: `StackError` where the program can't be started.
    package static func start(_ command: ChildCommand) async throws -> ChildProcess {
        let pid = try await spawner.run { try spawn(command) }
        let process = ChildProcess(pid: pid, command: command)
        startThread(named: "wait-child") { process.waitForEnd() }
        return process
    }

    private init(pid: Int32, command: ChildCommand) {
        self.pid = pid
        self.command = command
    }

    package var isRunning: Bool { state.withLock { $0.exit == nil } }

    /// Sends a signal, if the process still runs.
    package func send(_ signal: Int32) {
        state.withLock { state in
            // Under the lock: after its end was seen, the pid may be somebody else's.
            if state.exit == nil { _ = kill(pid, signal) }
        }
    }

    /// Waits until the process has ended.
    package func exit() async -> Exit {
        await withCheckedContinuation { continuation in
            let exit = state.withLock { state in
                if state.exit == nil { state.waiters.append(continuation) }
                return state.exit
            }
            if let exit { continuation.resume(returning: exit) }
        }
    }

    /// Asks the process to end, and kills it when it has not after `stopTimeout`.
    @discardableResult
    package func stop() async -> Exit {
        send(command.stopSignal)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                try? await Task.sleep(for: command.stopTimeout)
                if !Task.isCancelled { send(SIGKILL) }
            }
            let exit = await exit()
            group.cancelAll()
            return exit
        }
    }

    /// The end of the log, for error messages.
    package func logTail() -> String {
        LogTail.read(command.logFile, lines: 5)
    }

    private func waitForEnd() {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7F
        let exit: Exit = signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal)
        let waiters = state.withLock { state in
            state.exit = exit
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: exit) }
    }

    // MARK: - Starting

    private static func spawn(_ command: ChildCommand) throws(StackError) -> Int32 {
        guard access(command.executable, X_OK) == 0 else {
            throw StackError("\(command.executable) can't be run: \(String(cString: strerror(errno)))")
        }
        // setpriv(1) of util-linux sets what must be set between fork and exec.
        var words = ["/usr/bin/setpriv", "--pdeathsig", "KILL"]
        if let user = command.user {
            words += ["--reuid", "\(user.uid)", "--regid", "\(user.gid)", "--clear-groups"]
        }
        words += ["--", command.executable] + command.arguments

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, command.logFile, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // A socket of this process that a server kept open would not close for the other side.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A group of its own: Ctrl-C reaches this process alone, which then stops its children in order.
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        variables.merge(command.environment) { _, new in new }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") }
        environment.append(nil)
        defer { for text in arguments + environment { free(text) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &environment)
        guard result == 0 else {
            throw StackError("\(command.executable) can't be started: \(String(cString: strerror(result)))")
        }
        return pid
    }
}
