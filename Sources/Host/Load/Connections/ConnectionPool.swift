// The connections of a load to one server, on one event loop.
import NIOCore
import NIOPosix

/// Opens connections, opens them again when they end, and ends those that wait too long for an answer.
final class ConnectionPool<Owner: ConnectionOwner> {
    struct Options {
        let address: SocketAddress
        /// Connections.
        let count: Int
        /// Requests under way on each.
        var depth = 1
        var keepsContent = false
        var isBodyless = false
    }

    /// For an answer.
    static var timeout: UInt64 { 10_000_000_000 }

    let options: Options
    private let eventLoop: any EventLoop
    private let owner: Owner
    private var connections: [ObjectIdentifier: LoadConnection<Owner>] = [:]
    private var free = CircularBuffer<LoadConnection<Owner>>()
    private var isStopped = false
    private var pending = 0
    private let allTried: EventLoopPromise<Void>

    init(_ options: Options, owner: Owner, on eventLoop: any EventLoop) {
        self.options = options
        self.owner = owner
        self.eventLoop = eventLoop
        allTried = eventLoop.makePromise()
    }

    /// Opens them all; done when each was tried.
    func open() -> EventLoopFuture<Void> {
        pending = options.count
        for _ in 0..<options.count { connect() }
        sweep()
        return allTried.futureResult
    }

    /// The one that has been free for longest.
    func takeFree() -> LoadConnection<Owner>? {
        while let connection = free.popFirst() {
            connection.isListed = false
            if connection.hasRoom { return connection }
        }
        return nil
    }

    /// Keeps a connection with room until somebody takes it.
    func list(_ connection: LoadConnection<Owner>) {
        guard !connection.isListed, connection.hasRoom else { return }
        connection.isListed = true
        free.append(connection)
    }

    /// Closes all; what is under way is lost without being told.
    func stop() {
        isStopped = true
        for connection in connections.values { connection.abort(.connection("the run has ended")) }
    }

    func opened(_ connection: LoadConnection<Owner>) {
        connections[ObjectIdentifier(connection)] = connection
        tried()
    }

    func closed(_ connection: LoadConnection<Owner>) {
        connections[ObjectIdentifier(connection)] = nil
        // A server that closes what it accepts is not to be overrun.
        if connection.wasUsed { connect() } else { connectLater() }
    }

    private func tried() {
        pending -= 1
        if pending == 0 { allTried.succeed() }
    }

    private func connect() {
        guard !isStopped else { return }
        let pool = NIOLoopBound(self, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pool = pool.value
                    try channel.pipeline.syncOperations.addHandler(LoadConnection(pool, owner: pool.owner))
                }
            }
            .connect(to: options.address)
            .assumeIsolated()
            .whenFailure { error in
                self.tried()
                self.owner.failedToConnect(.connection(LoadTarget.reason(error)))
                self.connectLater()
            }
    }

    private func connectLater() {
        guard !isStopped else { return }
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(50)) { self.connect() }
    }

    private func sweep() {
        guard !isStopped else { return }
        let now = LoadClock.now
        for connection in connections.values {
            if let oldest = connection.oldest, oldest + Self.timeout < now { connection.abort(.timeout) }
        }
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(100)) { self.sweep() }
    }
}
