// Running `jspg bench http`.
import NIOCore
import NIOPosix

package enum HTTPLoad {
    /// Puts the load on the server and returns when the run is over.
    ///
    /// - Throws: `LoadError` where the server can't be reached.
    package static func run(_ plan: HTTPLoadPlan) async throws -> HTTPLoadReport {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.threads)
        let result: Result<LoadTally, any Error>
        do {
            result = .success(try await run(plan, on: group))
        } catch {
            result = .failure(error)
        }
        try await group.shutdownGracefully()
        return HTTPLoadReport(plan, try result.get())
    }

    private static func run(_ plan: HTTPLoadPlan, on group: MultiThreadedEventLoopGroup) async throws -> LoadTally {
        let address = try await LoadTarget.find(plan.url, on: group)
        let numberBase = RequestValues.randomBase()
        var workers: [(loop: any EventLoop, worker: NIOLoopBound<HTTPLoadWorker>)] = []
        for (thread, loop) in group.makeIterator().enumerated() {
            let worker = try await loop.submit {
                let worker = HTTPLoadWorker(plan, address: address, thread: thread, numberBase: numberBase, on: loop)
                return NIOLoopBound(worker, eventLoop: loop)
            }.get()
            workers.append((loop, worker))
        }
        for (loop, worker) in workers { try await loop.flatSubmit { worker.value.open() }.get() }
        // A little later, so that all threads begin at the same time.
        let window = MeasuredWindow(
            start: LoadClock.now + 2_000_000, warmUp: plan.warmUp, duration: plan.duration)
        let tallies = workers.map { loop, worker in loop.flatSubmit { worker.value.run(window) } }
        var total = LoadTally()
        for tally in tallies { total.add(try await tally.get()) }
        return total
    }
}
