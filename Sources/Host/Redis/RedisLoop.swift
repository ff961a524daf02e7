// The part of a client that lives on its event loop.
internal import Logging
internal import NIOCore
internal import NIOPosix

/// Opens a connection, hands batches to it, and opens another when it broke, without limit. Not `Sendable`: everything
/// here runs on one event loop.
final class RedisLoop {
    private let configuration: RedisConfiguration
    private let eventLoop: any EventLoop
    private let current: CurrentServer
    private let logger: Logger
    /// Tells others the state, in order.
    private let announce: @Sendable (RedisState) -> Void

    private var state = RedisState.connecting
    private var session: RedisSession?
    private var retry: Scheduled<Void>?
    /// What was handed in before the first attempt to connect ended.
    private var waiting: [(commands: [RedisCommand], completion: RedisFlights.Completion)] = []
    private var reads = GatheredReads()
    private var connections: UInt64 = 0
    private var openedAt: NIODeadline?
    private var backoff = RedisBackoff()
    private var generator = SystemRandomNumberGenerator()
    private var isClosing = false

    init(
        _ configuration: RedisConfiguration, on eventLoop: any EventLoop, current: CurrentServer, logger: Logger,
        announce: @escaping @Sendable (RedisState) -> Void
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.current = current
        self.logger = logger
        self.announce = announce
    }

    // MARK: Batches

    func execute(_ commands: [RedisCommand], completion: @escaping RedisFlights.Completion) {
        if let error = refusal { return completion(.failure(error)) }
        if let session, case .connected = state {
            session.send(commands, completion: completion)
        } else {
            waiting.append((commands, completion))
        }
    }

    /// - Parameter completion: called after this returned, or at once where there is no connection.
    func read(_ keys: [String], completion: @escaping GatheredReads.Completion) {
        if let error = refusal { return completion(.failure(error)) }
        if reads.isEmpty {
            let loop = NIOLoopBound(self, eventLoop: eventLoop)
            // Behind everything that this turn of the event loop has to do.
            eventLoop.execute { loop.value.sendReads() }
        }
        reads.add(keys, completion: completion)
        if reads.isFull { sendReads(now: false) }
    }

    /// - Parameter now: false where more may follow in this turn.
    private func sendReads(now: Bool = true) {
        if !reads.isEmpty {
            var batch = GatheredReads()
            swap(&batch, &reads)
            execute([batch.command]) { [batch] in batch.answer($0) }
        }
        if now { session?.flush() }
    }

    /// Why nothing can be sent now.
    private var refusal: RedisError? { isClosing ? RedisState.closed.error : state.error }

    // MARK: Connections

    func connect() {
        retry = nil
        let loop = NIOLoopBound(self, eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(TimeAmount(configuration.connectTimeout))
        let connected =
            switch configuration.address {
            case .tcp(let host, let port):
                bootstrap.channelOption(.socketOption(.so_keepalive), value: 1).connect(host: host, port: port)
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        connected.whenComplete { result in
            switch result {
            case .success(let channel): loop.value.greet(channel)
            case .failure(let error):
                let configuration = loop.value.configuration
                loop.value.lost(
                    RedisError(
                        .unavailable, "Redis can't be reached at \(configuration): \(RedisError.reason(error))."))
            }
        }
    }

    private func greet(_ channel: any Channel) {
        do {
            // It is let go when it has ended, so that the two don't hold each other for longer.
            let session = try RedisSession(configuration, number: connections + 1, current: current) {
                [self] session, event in
                switch event {
                case .opened(let server): opened(session, server)
                case .ended(let error, let unanswered): lost(error, unanswered)
                }
            }
            self.session = session
            try channel.pipeline.syncOperations.addHandler(session)
        } catch {
            channel.close(promise: nil)
            lost(
                error as? RedisError
                    ?? RedisError(.unavailable, "Redis at \(configuration) closed the connection at once."))
        }
    }

    private func opened(_ session: RedisSession, _ server: RedisServer) {
        connections += 1
        openedAt = eventLoop.now
        state = .connected(runID: server.runID, connection: connections)
        announce(state)
        logger.notice(
            "connected to Redis",
            metadata: [
                "address": "\(configuration)", "server": "\(server.product) \(server.version)",
                "connection": "\(connections)",
            ])
        for (commands, completion) in takeWaiting() { session.send(commands, completion: completion) }
        if isClosing { session.finish() }
    }

    /// The connection broke, or could not be opened.
    private func lost(_ error: RedisError, _ unanswered: [RedisFlights.Completion] = []) {
        session = nil
        let before = state
        state = isClosing ? .closed : .away(error)
        if !isClosing { announce(state) }
        // What was sent may have been done, whatever the reason why the connection is given up.
        let lost = error.code == .unavailable ? RedisError(.connectionLost, error.message) : error
        for completion in unanswered { completion(.failure(lost)) }
        let failure = state.error ?? error
        for (_, completion) in takeWaiting() { completion(.failure(failure)) }
        // The last that is heard of this client.
        guard !isClosing else { return announce(state) }
        if before.error?.code != state.error?.code {
            logger.warning("Redis is away", metadata: ["err": "\(error)", "address": "\(configuration)"])
        }
        // One that is lost again and again as soon as it is open is not tried more often than one that can't be opened.
        if let openedAt, eventLoop.now - openedAt > TimeAmount(RedisBackoff.longest) { backoff.reset() }
        openedAt = nil
        let loop = NIOLoopBound(self, eventLoop: eventLoop)
        retry = eventLoop.scheduleTask(in: TimeAmount(backoff.next(using: &generator))) { loop.value.connect() }
    }

    private func takeWaiting() -> [(commands: [RedisCommand], completion: RedisFlights.Completion)] {
        defer { waiting = [] }
        return waiting
    }

    /// Ends when what was handed in before is answered.
    func close() {
        guard !isClosing else { return }
        sendReads()
        isClosing = true
        if let retry {
            retry.cancel()
            self.retry = nil
            lost(RedisError(.closed, "The Redis client was closed."))
        } else if case .connected = state {
            session?.finish()
        }
    }
}

@available(*, unavailable)
extension RedisLoop: Sendable {}
