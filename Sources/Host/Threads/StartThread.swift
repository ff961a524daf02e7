// Starting a detached, named POSIX thread.
import Glibc

/// Carries the closure through `pthread_create`'s untyped pointer.
private final class ThreadBody {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

/// Starts a detached thread that runs `body` once. The signals that steer a process are blocked in it, so that they are
/// delivered to the threads that handle them.
///
/// - Parameters:
///   - name: shown by `top -H` and debuggers; Linux keeps its first 15 bytes.
///   - body: may block. The thread ends when it returns.
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let argument = Unmanaged.passRetained(ThreadBody(name: name, run: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var asynchronousSignals = sigset_t()
    sigemptyset(&asynchronousSignals)
    for signal in [SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2] { sigaddset(&asynchronousSignals, signal) }
    var previous = sigset_t()
    pthread_sigmask(SIG_BLOCK, &asynchronousSignals, &previous)
    var thread = pthread_t()
    let result = pthread_create(
        &thread, &attributes,
        { argument in
            guard let argument else { return nil }
            let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
            nameThisThread(body.name)
            body.run()
            return nil
        }, argument.toOpaque())
    pthread_sigmask(SIG_SETMASK, &previous, nil)
    pthread_attr_destroy(&attributes)
    precondition(result == 0, "pthread_create failed with error \(result): the thread limit is reached")
}

/// Linux: proc_pid_comm(5). A name is only for people, so a failure is passed over.
private func nameThisThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    var name = name
    _ = name.withUTF8 { write(file, $0.baseAddress, min($0.count, 15)) }
    close(file)
}
