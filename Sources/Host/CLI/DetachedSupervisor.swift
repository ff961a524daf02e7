// `jspg up --detach`
import CLinux
import FoundationEssentials
import Glibc
import Stack

/// Starts this program again as a supervisor in a session of its own, and waits until its stack is up.
struct DetachedSupervisor {
    let state: String

    func start(arguments: [String]) async throws {
        let log = "\(state)/supervisor.log"
        let pid = try spawn(["jspg", "up", "--state", state] + arguments, log: log)
        while true {
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid {
                let text = FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } ?? ""
                throw CommandFailure(
                    "the stack could not be started; the end of \(log):\n"
                        + text.split(separator: "\n").suffix(8).joined(separator: "\n"))
            }
            if let endpoints = Endpoints.read(state: state) {
                CommandOutput.write(StackTable.ofRunning(endpoints, state: state).text)
                return
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func spawn(_ words: [String], log: String) throws -> Int32 {
        // What an earlier stack left would be taken for this one's.
        unlink(Endpoints.path(state: state))
        unlink(log)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Whoever waits for the end of a pipe or of a lock of this process must not wait for the stack's.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID (0x80): closing the terminal must not end it.
        posix_spawnattr_setflags(&attributes, 0x80)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for text in arguments { free(text) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, &arguments, environ)
        guard result == 0 else {
            throw CommandFailure("the supervisor can't be started: \(String(cString: strerror(result)))")
        }
        return pid
    }
}
