// What libnats wants to know of its socket, and waiting for it.
import CLinux
import CNATS
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The socket of one connection, as libnats hands it to an event loop (`natsOptions_SetEventLoop`): which descriptor it is
/// at the moment, and whether it is to be read and written. libnats says so from any thread; one thread waits.
final class NATSSocket: Sendable {
    private struct State {
        /// Of the socket; `nil` before the first connection and after the last.
        var descriptor: Int32?
        var wantsRead = false
        var wantsWrite = false
        var isDetached = false
        /// Somebody is in poll(2) with what was wanted before.
        var isWaiting = false
    }

    /// What can be done without waiting.
    struct Readiness {
        var isReadable = false
        var isWritable = false
    }

    private let state = Mutex(State())
    /// eventfd(2): readable once the waiting thread is to look again.
    private let alarm: Int32

    /// - Throws: `library` where the process has no descriptors left.
    init() throws(NATSError) {
        alarm = new_event_descriptor()
        guard alarm >= 0 else { throw .library("no file descriptor is left for the connection's thread") }
    }

    deinit {
        close(alarm)
    }

    /// Lets libnats' connections made with these options use this object, which lives until libnats has detached it.
    func apply(to options: OpaquePointer) throws(NATSError) {
        try check(
            natsOptions_SetEventLoop(
                options, Unmanaged.passUnretained(self).toOpaque(),
                { userData, loop, _, descriptor in
                    guard let userData, let loop else { return NATS_INVALID_ARG }
                    let socket = Unmanaged<NATSSocket>.fromOpaque(loop)
                    // Once for the connection: it attaches again after each reconnection, and is detached at its end.
                    if userData.pointee == nil { userData.pointee = socket.retain().toOpaque() }
                    socket.takeUnretainedValue().change {
                        $0.descriptor = descriptor
                        $0.wantsRead = true
                    }
                    return NATS_OK
                },
                { userData, isWanted in
                    NATSSocket.from(userData)?.change { $0.wantsRead = isWanted }
                    return NATS_OK
                },
                { userData, isWanted in
                    NATSSocket.from(userData)?.change { $0.wantsWrite = isWanted }
                    return NATS_OK
                },
                { userData in
                    guard let userData else { return NATS_INVALID_ARG }
                    let socket = Unmanaged<NATSSocket>.fromOpaque(userData).takeRetainedValue()
                    socket.change {
                        $0.descriptor = nil
                        $0.isDetached = true
                    }
                    return NATS_OK
                }))
        // Nothing is sent at once then: libnats asks for a write, and starts no thread that looks after its buffer.
        try check(natsOptions_SetSendAsap(options, true))
    }

    private static func from(_ userData: UnsafeMutableRawPointer?) -> NATSSocket? {
        userData.map { Unmanaged<NATSSocket>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Called by libnats with its lock held: never calls libnats.
    private func change(_ body: (inout State) -> Void) {
        let isWaiting = state.withLock { state in
            body(&state)
            return Self.takeWaiter(&state)
        }
        if isWaiting { ring() }
    }

    /// libnats has something in its buffer.
    var wantsWrite: Bool { state.withLock { $0.wantsWrite && $0.descriptor != nil } }
    /// The connection is closed for good.
    var isDetached: Bool { state.withLock(\.isDetached) }

    /// Lets `wait` return. Costs a system call only where it does wait.
    func wake() {
        if state.withLock({ Self.takeWaiter(&$0) }) { ring() }
    }

    /// Waits until the socket can be read or written as libnats wants it to be, or `wake` was called. One thread at a time.
    ///
    /// - Parameter isBusy: asked when every `wake` from now on will be heard; where it is true nothing is waited for.
    func wait(unless isBusy: () -> Bool) -> Readiness {
        var descriptors = [pollfd(fd: alarm, events: Int16(POLLIN), revents: 0)]
        state.withLock { state in
            state.isWaiting = true
            guard let descriptor = state.descriptor else { return }
            let events = (state.wantsRead ? POLLIN : 0) | (state.wantsWrite ? POLLOUT : 0)
            if events != 0 { descriptors.append(pollfd(fd: descriptor, events: Int16(events), revents: 0)) }
        }
        let count = poll(&descriptors, nfds_t(descriptors.count), isBusy() ? 0 : -1)
        state.withLock { $0.isWaiting = false }
        guard count > 0 else { return Readiness() }
        if descriptors[0].revents != 0 {
            var value: UInt64 = 0
            _ = read(alarm, &value, 8)
        }
        guard descriptors.count > 1 else { return Readiness() }
        let events = Int32(descriptors[1].revents)
        // Errors show when it is read.
        return Readiness(isReadable: events & ~POLLOUT != 0, isWritable: events & POLLOUT != 0)
    }

    private static func takeWaiter(_ state: inout State) -> Bool {
        defer { state.isWaiting = false }
        return state.isWaiting
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(alarm, &one, 8)
    }
}
