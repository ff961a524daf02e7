// What is to be done when a test is over.
import Synchronization

/// Ends what the running test has started, also where it fails. Any thread.
final class Teardown: Sendable {
    /// Gets whether the test has failed: what helps to find out why stays.
    typealias Step = @Sendable (_ isFailed: Bool) async -> Void

    /// Of the test that this task works for; `nil` where something outlives the test.
    @TaskLocal static var current: Teardown?

    private let steps = Mutex<[Step]>([])
    private let hasFailed = Atomic(false)

    func add(_ step: @escaping Step) { steps.withLock { $0.append(step) } }

    func noteFailure() { hasFailed.store(true, ordering: .relaxed) }

    /// What was started last ends first.
    func run() async {
        let isFailed = hasFailed.load(ordering: .relaxed)
        for step in steps.withLock({ $0 }).reversed() { await step(isFailed) }
    }
}
