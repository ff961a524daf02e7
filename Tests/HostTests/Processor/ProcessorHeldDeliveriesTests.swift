// What JetStream is told of while workers are busy.
import Synchronization
import Testing

@testable import Processor

@Suite("Held deliveries")
struct ProcessorHeldDeliveriesTests {
    private final class Item: WorkedOn {
        let told = Atomic(0)

        func inProgress() { told.wrappingAdd(1, ordering: .relaxed) }
    }

    @Test("what is held for long is told of each time, and what was released never")
    func tells() {
        let held = HeldDeliveries<Item>()
        let (first, second, third) = (Item(), Item(), Item())
        let long = held.hold([1: first, 2: second])
        held.release(held.hold([3: third]))
        let empty = held.hold([:])
        let now = ContinuousClock.now
        #expect(held.tell(now: now) == 0)
        #expect(held.tell(now: now + .seconds(6)) == 2)
        #expect(held.tell(now: now + .seconds(12)) == 2)
        held.release(long)
        held.release(empty)
        #expect(held.tell(now: now + .seconds(18)) == 0)
        #expect([first, second, third].map { $0.told.load(ordering: .relaxed) } == [2, 2, 0])
    }
}
