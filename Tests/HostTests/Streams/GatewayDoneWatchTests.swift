// Waiting for the end of an operation.
import Gateway
import Streams
import Operations
import Synchronization
import Testing

@Suite("Done watch")
struct GatewayDoneWatchTests {
    private final class Bus: Sendable {
        private let handlers = Mutex<[String: [@Sendable ([UInt8]) -> Void]]>([:])

        func subscribe(_ table: String, _ handler: @escaping @Sendable ([UInt8]) -> Void) {
            handlers.withLock { $0[table, default: []].append(handler) }
        }

        func ended(
            _ id: OperationID, table: String, _ state: OperationStatus.State = .completed, isInvalidated: Bool = true
        ) {
            let status = OperationStatus(operationID: id, state: state, table: table)
            let message = DoneMessage(
                table: table, transactionID: nil, isInvalidated: isInvalidated, operations: [status])
            for handler in handlers.withLock({ $0[table] ?? [] }) { handler(message.encoded()) }
        }

        func subscriptions(to table: String) -> Int { handlers.withLock { $0[table]?.count ?? 0 } }
    }

    private let bus = Bus()

    private func watch() -> DoneWatch {
        DoneWatch { [bus] table, handler in
            bus.subscribe(table, handler)
            return 0
        }
    }

    @Test("an end that came before the wait is not missed")
    func before() async throws {
        let watch = watch()
        let id = OperationID.random()
        let ticket = try watch.register(id, table: "items")
        bus.ended(id, table: "items")
        let status = await watch.outcome(ticket, within: .seconds(10))
        #expect(status?.state == .completed)
        #expect(watch.count == 0)
    }

    @Test("an end that came before anybody listened is found by looking back")
    func lookBack() async throws {
        let ended = OperationID.random()
        let watch = DoneWatch { [bus] table, handler in
            bus.subscribe(table, handler)
            return 0
        } askEnded: { id, handler in
            guard id == ended else { return }
            let status = OperationStatus(operationID: id, state: .completed, table: "items")
            handler(DoneMessage(table: "items", transactionID: nil, operations: [status]).encoded())
        }
        for (id, state) in [(ended, OperationStatus.State.completed), (.random(), nil)] {
            let ticket = try watch.register(id, table: "items")
            watch.lookBack(ticket)
            let status = await watch.outcome(ticket, within: .milliseconds(state == nil ? 50 : 10_000))
            #expect(status?.state == state)
        }
        #expect(watch.count == 0)
    }

    @Test("an end that was told while the connection was away is found by asking again")
    func askAgain() async throws {
        let hasEnded = Atomic(false)
        let watch = DoneWatch { [bus] table, handler in
            bus.subscribe(table, handler)
            return 0
        } askEnded: { id, handler in
            guard hasEnded.load(ordering: .relaxed) else { return handler([]) }
            let status = OperationStatus(operationID: id, state: .completed, table: "items")
            handler(DoneMessage(table: "items", transactionID: nil, operations: [status]).encoded())
        }
        let (waiting, registered) = (OperationID.random(), OperationID.random())
        let tickets = [try watch.register(waiting, table: "items"), try watch.register(registered, table: "items")]
        async let first = watch.outcome(tickets[0], within: .seconds(20))
        watch.askAgain()
        #expect(watch.count == 2, "nothing has ended")
        hasEnded.store(true, ordering: .relaxed)
        watch.askAgain()
        let second = await watch.outcome(tickets[1], within: .seconds(20))
        #expect(await first?.operationID == waiting && second?.operationID == registered)
        #expect(watch.count == 0)
    }

    @Test("a question that nobody answers is repeated for as long as somebody waits")
    func unanswered() async throws {
        let questions = Atomic(0)
        let watch = DoneWatch { [bus] table, handler in
            bus.subscribe(table, handler)
            return 0
        } askEnded: { id, handler in
            guard questions.wrappingAdd(1, ordering: .relaxed).newValue > 2 else { return handler(nil) }
            let status = OperationStatus(operationID: id, state: .completed, table: "items")
            handler(DoneMessage(table: "items", transactionID: nil, operations: [status]).encoded())
        }
        let ticket = try watch.register(.random(), table: "items")
        watch.askAgain()
        #expect(await watch.outcome(ticket, within: .seconds(20))?.state == .completed)
        let given = try watch.register(.random(), table: "items")
        questions.store(0, ordering: .relaxed)
        watch.askAgain()
        watch.cancel(given)
        try await Task.sleep(for: .milliseconds(1_200))
        #expect(questions.load(ordering: .relaxed) == 1)
    }

    @Test("of an end without invalidation a host that looks itself is told nothing, at once", arguments: [false, true])
    func unconfirmed(isEarly: Bool) async throws {
        let watch = watch()
        let (id, failed) = (OperationID.random(), OperationID.random())
        let tickets = [try watch.register(id, table: "items"), try watch.register(failed, table: "items")]
        if isEarly { bus.ended(id, table: "items", isInvalidated: false) }
        let start = ContinuousClock.now
        async let completed = watch.outcome(tickets[0], within: .seconds(60))
        if !isEarly {
            try await Task.sleep(for: .milliseconds(50))
            bus.ended(id, table: "items", isInvalidated: false)
        }
        #expect(await completed == nil)
        bus.ended(failed, table: "items", .failed, isInvalidated: false)
        #expect(await watch.outcome(tickets[1], within: .seconds(20))?.state == .failed, "nothing was changed by it")
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(watch.count == 0)
    }

    @Test("an end without invalidation is asked for, and told when a read API has seen to the cache")
    func unconfirmedIsAsked() async throws {
        let asked = Mutex<[OperationID]>([])
        let watch = DoneWatch { [bus] table, handler in
            bus.subscribe(table, handler)
            return 0
        } askEnded: { id, handler in
            asked.withLock { $0.append(id) }
            let status = OperationStatus(operationID: id, state: .completed, table: "items")
            handler(DoneMessage(table: "items", transactionID: nil, operations: [status]).encoded())
        }
        let id = OperationID.random()
        let ticket = try watch.register(id, table: "items")
        bus.ended(.random(), table: "items", isInvalidated: false)
        bus.ended(id, table: "items", isInvalidated: false)
        #expect(await watch.outcome(ticket, within: .seconds(20))?.state == .completed)
        #expect(asked.withLock { $0 } == [id], "only about what somebody waits for")
    }

    @Test("an end wakes everybody who waits for it, and nobody else")
    func wakes() async throws {
        let watch = watch()
        let (id, other) = (OperationID.random(), OperationID.random())
        let tickets = try (0..<3).map { _ in try watch.register(id, table: "items") }
        let otherTicket = try watch.register(other, table: "items")
        #expect(bus.subscriptions(to: "items") == 1)
        let states = await withTaskGroup(of: OperationStatus.State?.self) { group in
            for ticket in tickets { group.addTask { await watch.outcome(ticket, within: .seconds(10))?.state } }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(30))
                bus.ended(id, table: "items", .failed)
                return nil
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(states.compactMap { $0 } == [.failed, .failed, .failed])
        #expect(watch.count == 1)
        watch.cancel(otherTicket)
        #expect(watch.count == 0)
    }

    @Test("a wait ends with its time")
    func timeout() async throws {
        let watch = watch()
        let ticket = try watch.register(.random(), table: "items")
        let status = await watch.outcome(ticket, within: .milliseconds(20))
        #expect(status == nil)
        #expect(watch.count == 0)
    }

    @Test("a wait ends with its task")
    func cancelled() async throws {
        let watch = watch()
        let ticket = try watch.register(.random(), table: "items")
        let task = Task { await watch.outcome(ticket, within: .seconds(60)) }
        task.cancel()
        #expect(await task.value == nil)
        #expect(watch.count == 0)
    }

    @Test("a gateway that stops ends every wait", arguments: [true, false])
    func stopped(isBefore: Bool) async throws {
        let watch = watch()
        let ticket = try watch.register(.random(), table: "items")
        if isBefore { watch.stop() }
        let status = await withTaskGroup(of: OperationStatus?.self) { group in
            group.addTask { await watch.outcome(ticket, within: .seconds(60)) }
            try? await Task.sleep(for: .milliseconds(20))
            watch.stop()
            return await group.next() ?? nil
        }
        #expect(status == nil)
        #expect(watch.count == 0)
    }
}
