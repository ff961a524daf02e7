// A connection for each event loop.
package import Logging
package import NIOCore
internal import NIOPosix

/// Clients of one server, so that whoever is on an event loop has one that needs no hand-over. What any of them says of
/// the server is worth as much as if all were one; see `CurrentServer`.
package struct RedisConnections: Sendable, RandomAccessCollection {
    private let connections: [RedisConnection]
    private let places: [ObjectIdentifier: Int]

    /// One for each event loop of `group`, so that the server has as many clients as this machine has processors. Only the
    /// first logs that it is connected.
    package init(
        _ configuration: RedisConfiguration, on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger
    ) {
        let current = CurrentServer()
        var silent = logger
        silent.logLevel = .warning
        self.init(
            group.makeIterator().enumerated().map { [silent] position, eventLoop in
                RedisConnection(
                    configuration, on: eventLoop, current: current, logger: position == 0 ? logger : silent)
            })
    }

    /// - Parameter connections: at least one.
    package init(_ connections: [RedisConnection]) {
        precondition(!connections.isEmpty)
        self.connections = connections
        places = Dictionary(
            connections.enumerated().map { (ObjectIdentifier($1.eventLoop), $0) },
            uniquingKeysWith: { first, _ in first })
    }

    package var startIndex: Int { connections.startIndex }
    package var endIndex: Int { connections.endIndex }
    package subscript(position: Int) -> RedisConnection { connections[position] }

    /// Which of them belongs to the event loop that this is called on; any, where it is called on none of theirs.
    package var nearest: Int {
        MultiThreadedEventLoopGroup.currentEventLoop.flatMap { places[ObjectIdentifier($0)] } ?? .random(in: indices)
    }

    /// One that is connected, where there is one.
    package var connected: RedisConnection {
        let nearest = self[nearest]
        return nearest.isConnected ? nearest : first(where: \.isConnected) ?? nearest
    }

    package var areConnected: Bool { allSatisfy(\.isConnected) }

    /// Closes all of them at the same time, and returns when each is closed.
    package func close() async {
        await withTaskGroup { group in
            for connection in connections { group.addTask { await connection.close() } }
        }
    }
}
