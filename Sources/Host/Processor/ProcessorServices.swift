// The parts of the processor that live from start to stop.
import JetStream
import Postgres
import Redis
import ServiceLifecycle
import Threads

/// Works the tables until the processor is asked to stop; then ends after what is in hand.
struct WorkersService: Service {
    let workers: TableWorkers
    let held: HeldDeliveries<Delivery>

    func run() async throws {
        // Workers hand over to each other and to the threads of the C libraries all the time, and do little in between.
        let executor = ThreadTaskExecutor(name: "workers")
        defer { executor.stop() }
        await withGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask { await held.run() }
                await withTaskExecutorPreference(executor) { await workers.run() }
                group.cancelAll()
            }
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
