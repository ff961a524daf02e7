// The parts of the processor that live from start to stop.
import JetStream
import Postgres
import Redis
import ServiceLifecycle

/// Works the tables until the processor is asked to stop; then ends after what is in hand.
struct WorkersService: Service {
    let workers: TableWorkers

    func run() async throws {
        await withGracefulShutdownHandler {
            await workers.run()
        } onGracefulShutdown: {
            workers.stop()
        }
    }
}

/// Holds the connections, and closes them when everything that uses them has ended.
struct ConnectionsService: Service {
    let nats: NATSConnection
    let pool: PostgresPool
    let redis: RedisConnection

    func run() async throws {
        try? await gracefulShutdown()
        // Acknowledgements and done messages that are still queued go out first.
        await nats.drain(timeout: .seconds(2))
        await nats.close()
        await pool.close()
        await redis.close()
    }
}
