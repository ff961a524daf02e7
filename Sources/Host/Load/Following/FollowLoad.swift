// Running `jspg bench follow`.
import NIOCore
import NIOPosix

package enum FollowLoad {
    /// Sends writes, follows them, and returns when all have ended or are lost.
    ///
    /// - Throws: `LoadError` where a host can't be reached.
    package static func run(_ plan: FollowPlan) async throws -> FollowReport {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result: Result<FollowTally, any Error>
        do {
            result = .success(try await run(plan, on: group))
        } catch {
            result = .failure(error)
        }
        try await group.shutdownGracefully()
        return FollowReport(plan, try result.get())
    }

    private static func run(_ plan: FollowPlan, on group: MultiThreadedEventLoopGroup) async throws -> FollowTally {
        let loop = group.any()
        let gateway = try await LoadTarget.find(plan.gateway, on: group)
        let readAPI = plan.method == .prefer ? gateway : try await LoadTarget.find(plan.readAPI, on: group)
        let worker = try await loop.submit {
            NIOLoopBound(FollowWorker(plan, gateway: gateway, readAPI: readAPI, on: loop), eventLoop: loop)
        }.get()
        try await loop.flatSubmit { worker.value.open() }.get()
        let window = MeasuredWindow(
            start: LoadClock.now + 2_000_000, warmUp: plan.warmUp, duration: plan.duration)
        return try await loop.flatSubmit { worker.value.run(window) }.get()
    }
}
