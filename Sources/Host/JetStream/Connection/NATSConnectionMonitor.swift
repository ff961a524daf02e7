// What libnats tells about a connection's state, passed on.
import Logging
import Synchronization

/// Keeps the state that libnats last reported and tells observers, on libnats' own callback thread.
final class NATSConnectionMonitor: Sendable {
    typealias Observer = @Sendable (NATSConnectionState) -> Void

    private struct State {
        var current = NATSConnectionState.connected
        var observers: [UInt64: Observer] = [:]
        var lastID: UInt64 = 0
        /// This process closes the connection: its loss is no news.
        var isClosing = false
        var isGivenUp = false
    }

    private let state = Mutex(State())
    private let connected = Atomic<Bool>(true)
    private let servers: String
    let logger: Logger

    init(servers: String, logger: Logger) {
        self.servers = servers
        self.logger = logger
    }

    var isConnected: Bool { connected.load(ordering: .relaxed) }

    func addObserver(_ observer: @escaping Observer) -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            state.observers[state.lastID] = observer
            return state.lastID
        }
    }

    func removeObserver(_ id: UInt64) {
        _ = state.withLock { $0.observers.removeValue(forKey: id) }
    }

    /// Whether libnats has closed the connection for good although nobody here wanted that.
    var isGivenUp: Bool { state.withLock(\.isGivenUp) }

    var isClosed: Bool { state.withLock { $0.current == .closed } }

    /// The loss that follows is wanted.
    func beginClosing() {
        state.withLock { $0.isClosing = true }
    }

    func changed(to new: NATSConnectionState) {
        connected.store(new == .connected, ordering: .relaxed)
        let (observers, isClosing) = state.withLock { state -> ([Observer], Bool) in
            guard state.current != .closed, state.current != new else { return ([], state.isClosing) }
            state.current = new
            state.isGivenUp = new == .closed && !state.isClosing
            return (state.observers.sorted { $0.key < $1.key }.map(\.value), state.isClosing)
        }
        switch new {
        case .connected: logger.info("connected to NATS again", metadata: ["servers": "\(servers)"])
        case .disconnected where isClosing: break
        case .disconnected: logger.warning("lost the connection to NATS", metadata: ["servers": "\(servers)"])
        case .closed where isClosing: logger.debug("closed the connection to NATS", metadata: ["servers": "\(servers)"])
        case .closed: logger.error("NATS has refused this client for good", metadata: ["servers": "\(servers)"])
        }
        for observer in observers { observer(new) }
    }

    /// Messages that nobody waits for an answer to could not be sent.
    func dropped(_ count: Int, because error: NATSError) {
        logger.warning("could not send messages to NATS", metadata: ["count": "\(count)", "err": "\(error)"])
    }

    /// An error that libnats noticed outside any call, such as a subject that this client may not use.
    func reported(_ error: NATSError) {
        logger.warning("NATS reported an error", metadata: ["err": "\(error)"])
    }
}
