// Blocking work on several threads at once.
import Synchronization

/// Calls `work` for each item, on threads of its own, and returns when all is done. Blocks: never call it from async code.
///
/// - Parameters:
///   - limit: at most so many at once, 1 or more.
///   - name: of the threads.
///   - work: may block.
package func concurrently<Item: Sendable>(
    _ items: [Item], atMost limit: Int, name: String, _ work: @escaping @Sendable (Item) -> Void
) {
    let threads = min(limit, items.count)
    let queue = WorkQueue(items: items, work: work)
    let ended = Semaphore()
    for _ in 0..<threads {
        startThread(named: name) {
            queue.drain()
            ended.signal()
        }
    }
    for _ in 0..<threads { ended.wait() }
}

/// Items that several threads take one by one.
private final class WorkQueue<Item: Sendable>: Sendable {
    private let items: [Item]
    private let work: @Sendable (Item) -> Void
    private let next = Atomic(0)

    init(items: [Item], work: @escaping @Sendable (Item) -> Void) {
        self.items = items
        self.work = work
    }

    func drain() {
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < items.count else { return }
            work(items[index])
        }
    }
}
