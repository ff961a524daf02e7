// The workers of a processor as a service.
import JetStream
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
        // Also where another service has failed: workers go on until they are told to stop.
        await withTaskCancellationOrGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask { await held.run() }
                await withTaskExecutorPreference(executor) { await workers.run() }
                group.cancelAll()
            }
        } onCancelOrGracefulShutdown: {
            workers.stop()
        }
    }
}
