// Publishing with confirmation, single and in atomic batches, against a real server.
import Synchronization
import Testing

@testable import JetStream

@Suite(.timeLimit(.minutes(3))) struct PublishTests {
    @Test func storesAndKnowsDuplicates() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        _ = try await jetStream.ensureStream(.test(), server: about)
        let first = try await jetStream.publish("t.1", headers: ["Nats-Msg-Id": "a"], payload: bytes("x"))
        #expect(first.stream == "T" && first.sequence == 1 && !first.isDuplicate && first.count == 1)
        let again = try await jetStream.publish("t.2", headers: ["Nats-Msg-Id": "a"], payload: bytes("y"))
        #expect(again.sequence == 1 && again.isDuplicate)
        let info = try await jetStream.streamInfo("T")
        #expect(info.messages == 1 && info.lastSequence == 1)
        await jetStream.connection.close()
    }

    @Test func saysWhyNothingWasStored() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        await expect(.noResponders) { _ = try await jetStream.publish("no.stream", payload: []) }
        var small = StreamConfiguration.test()
        small.maxMessages = 2
        _ = try await jetStream.ensureStream(small, server: about)
        for _ in 0..<2 { try await jetStream.publish("t.1", payload: []) }
        await expect(.streamFull) { _ = try await jetStream.publish("t.1", payload: []) }
        await expect(.streamFull) {
            _ = try await jetStream.publishAtomicBatch([NATSMessage(subject: "t.1"), NATSMessage(subject: "t.2")])
        }
        small.maxMessages = -1
        small.maxBytes = 1000
        _ = try await jetStream.ensureStream(small, server: about)
        await expect(.streamFull) {
            for _ in 0..<10 { try await jetStream.publish("t.1", payload: Array(repeating: 1, count: 200)) }
        }
        await expect(.wrongLastSequence) {
            let headers: NATSHeaders = ["Nats-Expected-Last-Subject-Sequence": "77"]
            _ = try await jetStream.publish("t.9", headers: headers, payload: [])
        }
        await expect(.messageTooLarge) {
            _ = try await jetStream.publish("t.1", payload: Array(repeating: 1, count: 3_000_000))
        }
        await expect(.notFound) { _ = try await jetStream.streamInfo("NONE") }
        await expect(.refused) { _ = try await jetStream.streamInfo("a.b") }
        await jetStream.connection.close()
        await expect(.closed) { _ = try await jetStream.publish("t.1", payload: []) }
    }

    @Test func tenThousandAtOnceEachGetOneResult() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        _ = try await jetStream.ensureStream(.test(), server: about)
        let tally = Tally()
        for start in stride(from: 0, to: 10_000, by: 100) {
            let messages = (start..<start + 100).map { index in
                NATSMessage(
                    subject: "t.\(index % 8)", headers: ["Nats-Msg-Id": "\(index)"], payload: bytes("\(index)"))
            }
            jetStream.publish(messages, timeout: .seconds(60)) { tally.add(start + $0, $1) }
        }
        #expect(try await eventually(within: .seconds(60)) { tally.total == 10_000 })
        #expect(tally.all == ["stored": 10_000] && tally.isOncePerIndex)
        let info = try await jetStream.streamInfo("T")
        #expect(info.messages == 10_000)
        #expect(jetStream.connection.requestsUnderWay == 0)
        await jetStream.connection.close()
    }

    @Test func batchesAreAllOrNothing() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        #expect(about.supportsAtomicBatches)
        let stream = try await jetStream.ensureStream(.test(), server: about)
        #expect(stream.allowsAtomicPublish)
        func batch(_ ids: Range<Int>) -> [NATSMessage] {
            ids.map { NATSMessage(subject: "t.\($0 % 8)", headers: ["Nats-Msg-Id": "\($0)"], payload: bytes("\($0)")) }
        }
        let stored = try await jetStream.publishAtomicBatch(batch(0..<500))
        #expect(stored.count == 500 && stored.sequence == 500 && stored.sequence(at: 0) == 1)
        let third = try #require(try await jetStream.message(stream: "T", sequence: stored.sequence(at: 2)))
        #expect(third.payload == bytes("2") && third.headers["Nats-Msg-Id"] == "2")

        // One known id among new ones: nothing of it is stored.
        await expect(.duplicateInBatch, code: 10201) {
            _ = try await jetStream.publishAtomicBatch(batch(600..<700) + batch(40..<41) + batch(700..<800))
        }
        #expect(try await jetStream.streamInfo("T").lastSequence == 500)
        // Singly they go in, and the duplicate says which it was.
        let tally = Tally()
        jetStream.publish(batch(600..<610) + batch(40..<41)) { tally.add($0, $1) }
        #expect(try await eventually { tally.total == 11 })
        #expect(tally.all == ["stored": 10, "duplicate": 1])

        let single = try await jetStream.publishAtomicBatch(batch(900..<901))
        #expect(single.count == 1 && single.sequence == 511)
        let largest = try await jetStream.publishAtomicBatch(batch(1000..<2000))
        #expect(largest.count == 1000)
        await expect(.batchRejected) { _ = try await jetStream.publishAtomicBatch([]) }
        await expect(.batchRejected) { _ = try await jetStream.publishAtomicBatch(batch(2000..<3001)) }

        var plain = StreamConfiguration.test("P")
        plain.allowAtomicPublish = false
        _ = try await jetStream.ensureStream(plain, server: about)
        await expect(.batchRejected, code: 10174) {
            _ = try await jetStream.publishAtomicBatch([NATSMessage(subject: "p.1"), NATSMessage(subject: "p.2")])
        }
        await jetStream.connection.close()
    }

    @Test func aServerKilledInTheMiddleLeavesOneResultForEach() async throws {
        let server = try await NATSServer()
        let (jetStream, about) = try await server.jetStream()
        _ = try await jetStream.ensureStream(.test(), server: about)
        let tally = Tally()
        let stored = Mutex<Set<Int>>([])
        let send = { @Sendable (index: Int) in
            let message = NATSMessage(
                subject: "t.1", headers: ["Nats-Msg-Id": "\(index)"], payload: bytes("\(index)"))
            jetStream.publish(message, timeout: .seconds(5)) { result in
                tally.add(index, result)
                if case .success = result { _ = stored.withLock { $0.insert(index) } }
            }
        }
        for round in 0..<3 {
            for index in round * 1000..<round * 1000 + 500 { send(index) }
            try await Task.sleep(for: .milliseconds(20))
            await server.kill()
            for index in round * 1000 + 500..<round * 1000 + 1000 { send(index) }
            try await server.start()
            #expect(try await eventually { jetStream.connection.isConnected })
            _ = try await jetStream.server(waitingUpTo: .seconds(10))
        }
        #expect(try await eventually { tally.total == 3000 })
        #expect(tally.isOncePerIndex)
        #expect(tally["not_connected"] + tally["connection_lost"] > 0)
        let atomic = try await jetStream.publishAtomicBatch(
            (5000..<5100).map { NATSMessage(subject: "t.1", payload: bytes("\($0)")) })
        #expect(atomic.count == 100)

        // What was said to be stored is there; once, though each is published again.
        for index in 0..<3000 where !stored.withLock({ $0.contains(index) }) { send(index) }
        #expect(try await eventually { stored.withLock { $0.count } == 3000 })
        let all = try await jetStream.messages(
            stream: "T", from: 1, nextBySubject: "t.1", upTo: .max, limit: 10_000)
        let ids = all.compactMap { $0.headers["Nats-Msg-Id"] }
        #expect(ids.count == 3000 && Set(ids).count == 3000 && all.count == 3100)
        await jetStream.connection.close()
    }
}

/// Expects a JetStream error of a kind.
func expect(
    _ kind: JetStreamError.Kind, code: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    let error = await #expect(throws: JetStreamError.self, sourceLocation: sourceLocation) { try await body() }
    #expect(error?.kind == kind, "\(String(describing: error))", sourceLocation: sourceLocation)
    if let code { #expect(error?.serverCode == code, sourceLocation: sourceLocation) }
}
