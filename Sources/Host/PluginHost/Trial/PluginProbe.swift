// Trying a plugin in a process of its own before a host loads it.
import CLinux
import Glibc
import Operations
import Tables

/// The trial: a child process loads the file, runs its entry, checks what it registered and runs its self-test, within
/// limits. Whatever it does there, crash, `exit`, loop or allocate, happens to the child.
///
/// The child reports each stage that it begins on descriptor 3, one line each, and `ok` at the end. Success is that
/// line *and* exit status 0; otherwise the last stage begun names the failure.
package enum PluginProbe {
    private static let argument = "--plugin-probe"
    private static let reportDescriptor: Int32 = 3
    private static let addressSpace: rlim_t = 1 << 30

    private enum Stage: String {
        case start, load, register, selfTest = "self-test", conformance, ok

        /// What a sentence says about a failure there.
        var described: String {
            switch self {
            case .start, .ok: "before the plugin was loaded"
            case .load: "while it was loaded (its constructors run then)"
            case .register: "in its entry \(PluginRules.entry)"
            case .selfTest: "in its self-test"
            case .conformance: "in the conformance suite"
            }
        }
    }

    // MARK: - The child

    /// To be called first thing in the `main` of every executable that has plugins: where the process was started to
    /// try one, that is done and the process ends.
    package static func runIfRequested() {
        guard CommandLine.arguments.count == 3, CommandLine.arguments[1] == argument else { return }
        runChild(path: CommandLine.arguments[2])
    }

    private static func runChild(path: String) -> Never {
        _ = die_with_parent()
        _ = disable_core_files()
        limit(__rlimit_resource_t(RLIMIT_CORE.rawValue), 0)
        limit(__rlimit_resource_t(RLIMIT_AS.rawValue), addressSpace)
        limit(__rlimit_resource_t(RLIMIT_CPU.rawValue), 5)
        do throws(PluginFailure) {
            // As the host does, for the same reason: this is what maps the libraries that the plugin needs and the
            // executable does not, from where the host has its own.
            try PluginRules.check(ELFImage(PluginStore.contents(path)))
            begin(.load)
            let image = try PluginImage(path: path)
            begin(.register)
            let registration = try image.register()
            for (descriptor, functions) in registration.tables {
                let table = try LoadedTable(
                    descriptor: descriptor, functions: functions, image: image,
                    plugin: PluginIdentity(
                        name: descriptor.pluginName, version: descriptor.pluginVersion, hash: "", file: path,
                        generation: 0))
                begin(.selfTest)
                do throws(PluginRejection) {
                    try table.selfTest()
                } catch {
                    throw PluginFailure("its self-test failed: \(error.errors.map(\.message).joined(separator: "; "))")
                }
                begin(.conformance)
                try ConformanceSuite.run(table)
            }
        } catch {
            report("failed \(error.description.replacing("\n", with: " "))")
            _exit(1)
        }
        begin(.ok)
        // Not exit(3): the plugin's own exit handlers are none of the host's business.
        _exit(0)
    }

    private static func limit(_ resource: __rlimit_resource_t, _ value: rlim_t) {
        var limits = rlimit(rlim_cur: value, rlim_max: value)
        setrlimit(resource, &limits)
    }

    private static func begin(_ stage: Stage) { report(stage.rawValue) }

    private static func report(_ line: String) {
        var text = line + "\n"
        _ = text.withUTF8 { write(reportDescriptor, $0.baseAddress, $0.count) }
    }

    // MARK: - The parent

    /// Tries a plugin; blocks until the child has ended. On the loader thread.
    static func run(_ path: String, configuration: PluginHostConfiguration) throws(PluginFailure) {
        var pipe: [Int32] = [0, 0]
        guard pipe2(&pipe, O_CLOEXEC) == 0 else {
            throw PluginFailure("it could not be tried: \(PluginAdmission.errorText(errno))")
        }
        let process: pid_t
        do throws(PluginFailure) {
            process = try spawn(path, executable: configuration.probeExecutable, reportTo: pipe[1])
        } catch {
            close(pipe[0])
            close(pipe[1])
            throw error
        }
        close(pipe[1])
        let (text, isTimedOut) = read(pipe[0], for: configuration.probeTimeout)
        close(pipe[0])
        // The whole group, with whatever the plugin has started; and the child, which the plugin may have taken out of it.
        kill(-process, SIGKILL)
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        try judge(text, status: status, isTimedOut: isTimedOut, timeout: configuration.probeTimeout)
    }

    private static func spawn(
        _ path: String, executable: String, reportTo descriptor: Int32
    ) throws(PluginFailure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for standard in 0...2 { posix_spawn_file_actions_addopen(&actions, Int32(standard), "/dev/null", O_RDWR, 0) }
        posix_spawn_file_actions_adddup2(&actions, descriptor, reportDescriptor)
        posix_spawn_file_actions_addclosefrom_np(&actions, reportDescriptor + 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigfillset(&defaults)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        // Nothing of the host's environment, except for what finds its own libraries; a crash needs no backtrace.
        var environment = ["SWIFT_BACKTRACE=enable=no"]
        if let libraries = getenv("LD_LIBRARY_PATH") {
            environment.append("LD_LIBRARY_PATH=\(String(cString: libraries))")
        }
        var arguments = cStrings([executable, argument, path])
        var variables = cStrings(environment)
        defer { for text in arguments + variables { free(text) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, executable, &actions, &attributes, &arguments, &variables)
        guard result == 0 else {
            throw PluginFailure("it could not be tried: \(PluginAdmission.errorText(result))")
        }
        return process
    }

    /// A NULL-terminated array of copies, which the caller frees.
    private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var copies: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        copies.append(nil)
        return copies
    }

    /// Everything that is written until the other end is closed or the time is over, at most 64 KiB.
    private static func read(_ descriptor: Int32, for timeout: Duration) -> (text: String, isTimedOut: Bool) {
        let deadline = ContinuousClock.now + timeout
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytes.count < 65_536 {
            let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
            guard left > 0 else { return (String(decoding: bytes, as: UTF8.self), true) }
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, Int32(left.rounded(.up))) > 0 else { continue }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
        }
        return (String(decoding: bytes, as: UTF8.self), false)
    }

    private static func judge(
        _ text: String, status: Int32, isTimedOut: Bool, timeout: Duration
    ) throws(PluginFailure) {
        let lines = text.split(separator: "\n").map(String.init)
        if let line = lines.last, line.hasPrefix("failed ") { throw PluginFailure(String(line.dropFirst(7))) }
        let stage = lines.last.flatMap(Stage.init(rawValue:)) ?? .start
        let hasExited = status & 0x7F == 0
        let exitStatus = status >> 8 & 0xFF
        let signal = status & 0x7F
        if stage == .ok && hasExited && exitStatus == 0 { return }
        if isTimedOut || (!hasExited && signal == SIGXCPU) {
            throw PluginFailure(
                "it took longer than \(timeout.components.seconds) s \(stage.described), and was stopped")
        }
        if hasExited {
            throw PluginFailure("it ended the process with exit status \(exitStatus) \(stage.described)")
        }
        throw PluginFailure(
            "it crashed \(stage.described): \(strsignal(signal).map { String(cString: $0) } ?? "signal") "
                + "(signal \(signal))")
    }
}
