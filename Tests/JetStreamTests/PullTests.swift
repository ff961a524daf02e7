// Pull consumers against a real server.
import Synchronization
import Testing

@testable import JetStream

@Suite(.timeLimit(.minutes(3))) struct PullTests {
    /// A stream with `count` messages on `t.1` and a consumer.
    private func prepare(
        _ server: NATSServer, messages count: Int, _ change: (inout ConsumerConfiguration) -> Void = { _ in }
    ) async throws -> JetStream {
        let (jetStream, about) = try await server.jetStream()
        _ = try await jetStream.ensureStream(.test(), server: about)
        var consumer = ConsumerConfiguration(stream: "T", name: "c", filterSubject: "t.1")
        change(&consumer)
        _ = try await jetStream.ensureConsumer(consumer)
        try await store(0..<count, on: jetStream)
        return jetStream
    }

    private func store(_ numbers: Range<Int>, on jetStream: JetStream) async throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 1000) {
            let end = min(start + 1000, numbers.upperBound)
            _ = try await jetStream.publishAtomicBatch(
                (start..<end).map { NATSMessage(subject: "t.1", headers: ["N": "\($0)"], payload: bytes("\($0)")) })
        }
    }

    @Test func deliversAllInOrderWithItsNumbers() async throws {
        let server = try await NATSServer()
        let jetStream = try await prepare(server, messages: 5000)
        let subscription = try jetStream.pull(stream: "T", consumer: "c", options: PullOptions(batch: 300))
        let all = try await take(5000, from: subscription, acknowledging: jetStream, max: 70)
        #expect(all.map { String(decoding: $0.payload, as: UTF8.self) } == (0..<5000).map { "\($0)" })
        #expect(all.map(\.streamSequence) == (1...5000).map { UInt64($0) })
        #expect(all.map(\.consumerSequence) == (1...5000).map { UInt64($0) })
        #expect(all.allSatisfy { $0.deliveries == 1 })
        #expect(all.first?.pending == 4999 && all.last?.pending == 0)
        #expect(all[17].subject == "t.1" && all[17].headers["N"] == "17")
        #expect(try await eventually { try await jetStream.consumerInfo(stream: "T", name: "c").isDone })

        // A request waits at the server: a lone message comes without another round trip.
        let start = ContinuousClock.now
        async let next = subscription.next(max: 10)
        try await store(5000..<5001, on: jetStream)
        #expect(try await next.map(\.streamSequence) == [5001])
        // The request expires after 30 s.
        #expect(ContinuousClock.now - start < .seconds(25))
        subscription.stop()
        await expect(.closed) { _ = try await subscription.next(max: 1) }
        await jetStream.connection.close()
    }

    @Test func oneAcknowledgementStandsForAllBeforeItWhereThePolicySaysSo() async throws {
        let server = try await NATSServer()
        let jetStream = try await prepare(server, messages: 500) { consumer in
            consumer.acknowledgePolicy = .all
            // Long enough to take them all before the first comes again, also on a machine that is busy.
            consumer.acknowledgeWait = .seconds(5)
        }
        let subscription = try jetStream.pull(stream: "T", consumer: "c", options: PullOptions(batch: 500))
        let all = try await take(500, from: subscription, acknowledging: nil)
        #expect(all.map(\.streamSequence) == (1...500).map { UInt64($0) })
        jetStream.acknowledge(all.prefix(300).shuffled(), policy: .all)
        #expect(
            try await eventually {
                try await jetStream.consumerInfo(stream: "T", name: "c").acknowledgePending == 200
            })
        // Those after it come again, and only they.
        let again = try await take(200, from: subscription, acknowledging: nil)
        #expect(Set(again.map(\.streamSequence)) == Set(301...500) && again.allSatisfy { $0.deliveries == 2 })
        jetStream.acknowledge(again, policy: .all)
        #expect(try await eventually { try await jetStream.consumerInfo(stream: "T", name: "c").isDone })
        subscription.stop()
        await jetStream.connection.close()
    }

    @Test func keepsFewLargeMessagesReady() async throws {
        let server = try await NATSServer()
        let jetStream = try await prepare(server, messages: 0)
        let payload = [UInt8](repeating: 0x61, count: 900_000)
        for _ in 0..<24 { _ = try await jetStream.publish("t.1", payload: payload) }
        var options = PullOptions(batch: 300)
        options.maximumBytes = 2 << 20
        let subscription = try jetStream.pull(stream: "T", consumer: "c", options: options)
        #expect(try await eventually { subscription.buffered > 0 })
        try await Task.sleep(for: .milliseconds(500))
        #expect(subscription.buffered <= 4)
        var sequences: [UInt64] = []
        while sequences.count < 24 {
            let deliveries = try await subscription.next(max: 300)
            #expect(deliveries.count <= 3)
            sequences += deliveries.map(\.streamSequence)
            jetStream.acknowledge(deliveries)
        }
        #expect(sequences == (1...24).map { UInt64($0) })
        subscription.stop()
        await jetStream.connection.close()
    }

    @Test func settlesInEveryWay() async throws {
        let server = try await NATSServer()
        let jetStream = try await prepare(server, messages: 4) {
            $0.acknowledgeWait = .seconds(6)
            $0.maxDeliver = 5
        }
        let subscription = try jetStream.pull(stream: "T", consumer: "c")
        let start = ContinuousClock.now
        let first = try await take(4, from: subscription, acknowledging: nil)
        for delivery in first.prefix(2) { delivery.acknowledge() }
        first[2].reject()
        // The fourth is not settled: it comes again after the wait.
        let third = try await take(1, from: subscription, acknowledging: jetStream)
        #expect(third[0].streamSequence == 3 && third[0].deliveries == 2 && third[0].consumerSequence == 5)
        let fourth = try await take(1, from: subscription, acknowledging: nil)
        #expect(fourth[0].streamSequence == 4 && fourth[0].deliveries == 2)
        #expect(ContinuousClock.now - start >= .milliseconds(600))
        // Longer than the wait; each time long before it ends, also on a machine that is busy.
        for _ in 0..<17 {
            try await Task.sleep(for: .milliseconds(400))
            fourth[0].inProgress()
        }
        #expect(subscription.buffered == 0)
        fourth[0].reject()
        let last = try await take(1, from: subscription, acknowledging: nil)
        #expect(last[0].deliveries == 3)
        last[0].acknowledge()
        #expect(try await eventually { try await jetStream.consumerInfo(stream: "T", name: "c").isDone })
        subscription.stop()
        await jetStream.connection.close()
    }

    @Test func twoPullersShareAndSeeTheGaps() async throws {
        let server = try await NATSServer()
        let jetStream = try await prepare(server, messages: 0)
        let other = JetStream(try await server.connect())
        let log = DeliveryLog(pullers: 2)
        try await withThrowingTaskGroup { group in
            for (index, one) in [jetStream, other].enumerated() {
                let subscription = try one.pull(stream: "T", consumer: "c", options: PullOptions(batch: 10))
                group.addTask {
                    while true {
                        let some = try await subscription.next(max: 10)
                        one.acknowledge(some)
                        log.add(some, of: index)
                    }
                }
            }
            try await store(0..<2000, on: jetStream)
            #expect(try await eventually { log.count == 2000 })
            group.cancelAll()
            await #expect(throws: JetStreamError.self) { try await group.waitForAll() }
        }
        let both = log.all
        #expect(both.allSatisfy { !$0.isEmpty })
        for one in both {
            // Each sees in its consumer sequences that the other had deliveries in between.
            let numbers = one.map(\.consumerSequence)
            #expect(numbers == numbers.sorted())
            #expect(zip(numbers, numbers.dropFirst()).contains { $1 != $0 + 1 })
        }
        #expect(Set((both[0] + both[1]).map(\.streamSequence)).count == 2000)
        #expect(Set((both[0] + both[1]).map(\.consumerSequence)).count == 2000)
        await jetStream.connection.close()
        await other.connection.close()
    }

    @Test func aPinnedClientKeepsTheMessagesUntilItLeaves() async throws {
        let server = try await NATSServer()
        let pinned = ConsumerConfiguration.PinnedClient(group: "w", timeout: .seconds(3))
        let jetStream = try await prepare(server, messages: 0) { $0.pinnedClient = pinned }
        let other = JetStream(try await server.connect())
        let first = try jetStream.pull(stream: "T", consumer: "c", options: PullOptions(pinnedClient: pinned))
        try await store(0..<1, on: jetStream)
        _ = try await take(1, from: first, acknowledging: jetStream)
        let pin = try #require(first.pin)
        let second = try other.pull(stream: "T", consumer: "c", options: PullOptions(pinnedClient: pinned))
        // Idle for longer than the pin's timeout: the requests keep it.
        for round in 1...5 {
            try await Task.sleep(for: .milliseconds(600))
            try await store(round * 10..<round * 10 + 10, on: jetStream)
            let some = try await take(10, from: first, acknowledging: jetStream)
            #expect(some.count == 10)
        }
        #expect(first.pin == pin && second.buffered == 0 && second.pin == nil)
        #expect(try await jetStream.consumerInfo(stream: "T", name: "c").pinnedClientID == pin)
        // The holder goes without a word.
        first.stop()
        let start = ContinuousClock.now
        try await store(100..<110, on: jetStream)
        let rest = try await take(10, from: second, acknowledging: other)
        #expect(rest.map(\.streamSequence) == (52...61).map { UInt64($0) })
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(second.pin != nil && second.pin != pin)
        // The holder hands over.
        let third = try jetStream.pull(stream: "T", consumer: "c", options: PullOptions(pinnedClient: pinned))
        second.stop()
        try await jetStream.unpin(stream: "T", consumer: "c", group: "w")
        try await store(200..<201, on: jetStream)
        #expect(try await take(1, from: third, acknowledging: jetStream).count == 1)
        third.stop()
        await jetStream.connection.close()
        await other.connection.close()
    }

    /// What `PartitionProtocol` tells two consumers of one name apart by.
    @Test func aConsumerThatIsMadeAnewOrWhoseServerStartedAgainPinsAnew() async throws {
        let server = try await NATSServer()
        let pinned = ConsumerConfiguration.PinnedClient(group: "w", timeout: .seconds(3))
        let jetStream = try await prepare(server, messages: 10) { $0.pinnedClient = pinned }
        let subscription = try jetStream.pull(stream: "T", consumer: "c", options: PullOptions(pinnedClient: pinned))
        let first = try await take(10, from: subscription, acknowledging: jetStream)
        let pin = try #require(first.last?.pin)
        #expect(first.allSatisfy { $0.pin == pin })

        try await jetStream.deleteConsumer(stream: "T", name: "c")
        var consumer = ConsumerConfiguration(stream: "T", name: "c", filterSubject: "t.1")
        consumer.pinnedClient = pinned
        _ = try await jetStream.ensureConsumer(consumer)
        await expect(.notFound) { _ = try await subscription.next(max: 10) }
        let second = try await take(10, from: subscription, acknowledging: jetStream)
        let other = try #require(second.last?.pin)
        #expect(second.map(\.consumerSequence) == (1...10).map { UInt64($0) })
        #expect(other != pin && second.allSatisfy { $0.pin == other })

        await server.kill()
        try await server.start()
        #expect(try await eventually { jetStream.connection.isConnected })
        _ = try await jetStream.server(waitingUpTo: .seconds(60))
        try await store(10..<11, on: jetStream)
        // What the kill has swallowed an acknowledgement of comes again.
        var third: [Delivery] = []
        while third.last?.streamSequence != 11 {
            third += try await take(1, from: subscription, acknowledging: jetStream)
        }
        #expect(third.allSatisfy { $0.pin != nil && $0.pin != pin && $0.pin != other })
        subscription.stop()
        await jetStream.connection.close()
    }

    @Test func goesOnAfterAServerRestart() async throws {
        let server = try await NATSServer()
        let jetStream = try await prepare(server, messages: 100) { $0.acknowledgeWait = .seconds(1) }
        let subscription = try jetStream.pull(
            stream: "T", consumer: "c",
            options: PullOptions(batch: 40, expires: .seconds(2), heartbeat: .milliseconds(500)))
        let log = DeliveryLog(pullers: 1)
        try await withThrowingTaskGroup { group in
            group.addTask {
                while true {
                    let some = try await subscription.next(max: 10)
                    jetStream.acknowledge(some)
                    log.add(some, of: 0)
                }
            }
            #expect(try await eventually { log.count >= 30 })
            for round in 0..<2 {
                await server.kill()
                try await server.start()
                #expect(try await eventually { jetStream.connection.isConnected })
                _ = try await jetStream.server(waitingUpTo: .seconds(60))
                try await store(100 + round * 50..<150 + round * 50, on: jetStream)
            }
            // An acknowledgement that the kill swallowed is made up for by another delivery.
            #expect(try await eventually { try await jetStream.consumerInfo(stream: "T", name: "c").isDone })
            group.cancelAll()
            await #expect(throws: JetStreamError.self) { try await group.waitForAll() }
        }
        #expect(Set(log.all[0].map(\.streamSequence)) == Set((1...200).map { UInt64($0) }))
        subscription.stop()
        await jetStream.connection.close()
    }

    @Test func idleRequestsAreRenewed() async throws {
        let server = try await NATSServer()
        let jetStream = try await prepare(server, messages: 0)
        let subscription = try jetStream.pull(
            stream: "T", consumer: "c",
            options: PullOptions(batch: 5, expires: .milliseconds(400), heartbeat: .milliseconds(200)))
        try await Task.sleep(for: .seconds(2))
        #expect(try await jetStream.consumerInfo(stream: "T", name: "c").waiting <= 1)
        try await store(0..<12, on: jetStream)
        #expect(try await take(12, from: subscription, acknowledging: jetStream, max: 100).count == 12)
        subscription.stop()
        await jetStream.connection.close()
    }

    @Test func aDeletedConsumerIsAnErrorAndANewOneServes() async throws {
        let server = try await NATSServer()
        let jetStream = try await prepare(server, messages: 0)
        let subscription = try jetStream.pull(stream: "T", consumer: "c")
        try await Task.sleep(for: .milliseconds(100))
        try await jetStream.deleteConsumer(stream: "T", name: "c")
        await expect(.notFound) { _ = try await subscription.next(max: 1) }
        _ = try await jetStream.ensureConsumer(ConsumerConfiguration(stream: "T", name: "c", filterSubject: "t.1"))
        try await store(0..<3, on: jetStream)
        #expect(try await take(3, from: subscription, acknowledging: jetStream).count == 3)
        subscription.stop()

        let nowhere = try jetStream.pull(stream: "T", consumer: "none")
        let start = ContinuousClock.now
        await expect(.noResponders) { _ = try await nowhere.next(max: 1) }
        #expect(ContinuousClock.now - start > .seconds(4))
        await jetStream.connection.close()
        await expect(.closed) { _ = try await nowhere.next(max: 1) }
    }

    @Test func waitingEndsWithTheTask() async throws {
        let server = try await NATSServer()
        let jetStream = try await prepare(server, messages: 0)
        let subscription = try jetStream.pull(stream: "T", consumer: "c")
        let waiting = Task { try await subscription.next(max: 1) }
        try await Task.sleep(for: .milliseconds(50))
        waiting.cancel()
        let error = await #expect(throws: JetStreamError.self) { try await waiting.value }
        #expect(error?.kind == .cancelled)
        try await store(0..<1, on: jetStream)
        #expect(try await subscription.next(max: 1).count == 1)
        let stopped = Task { try await subscription.next(max: 1) }
        try await Task.sleep(for: .milliseconds(50))
        subscription.stop()
        let closed = await #expect(throws: JetStreamError.self) { try await stopped.value }
        #expect(closed?.kind == .closed)
        await jetStream.connection.close()
    }
}
