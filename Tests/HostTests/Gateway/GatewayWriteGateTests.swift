// The gateway's core with a publisher that a test answers.
import Gateway
import HTTP
import HTTPTypes
import JSON
import JetStream
import Logging
import Operations
import ServiceLifecycle
import Synchronization
import Telemetry
import Testing

@Suite("Write gate")
struct GatewayWriteGateTests {
    /// A table with one member, `name`, that must be text.
    private struct TestTable: WritableTable {
        let name: String
        var schemaVersion = 3
        var operations = Set(OperationKind.allCases)
        var refusal: Problem?

        func entityID(_ text: String) -> String? { OperationID(text)?.description }

        func faults(
            kind: OperationKind, identity: WriteIdentity, body: JSONValue, bytes: [UInt8]
        ) throws(Problem) -> [FieldError] {
            guard body["name"]?.kind != .string else { return [] }
            return [FieldError(pointer: "/name", code: "type", message: "must be text")]
        }
    }

    private struct TestTables: TableDirectory {
        var mayLackTables: Bool { false }

        func table(named name: String) -> (any WritableTable)? {
            switch name {
            case "items": TestTable(name: name)
            case "logs": TestTable(name: name, operations: [.create, .delete])
            default: nil
            }
        }
    }

    /// Keeps publishes until the test answers them.
    private final class TestPublisher: WritePublisher {
        typealias Single = (message: NATSMessage, answer: @Sendable (PublishResult) -> Void)
        typealias Batch = (messages: [NATSMessage], answer: @Sendable (BatchPublishResult) -> Void)

        private let state = Mutex<(singles: [Single], batches: [Batch])>(([], []))

        func publish(_ messages: [NATSMessage], completion: @escaping @Sendable (Int, PublishResult) -> Void) {
            state.withLock { state in
                for (index, message) in messages.enumerated() {
                    state.singles.append((message, { completion(index, $0) }))
                }
            }
        }

        func publishBatch(_ messages: [NATSMessage], completion: @escaping @Sendable (BatchPublishResult) -> Void) {
            state.withLock { $0.batches.append((messages, completion)) }
        }

        /// Those that wait for an answer; they are the caller's from now on.
        var singles: [Single] {
            state.withLock { state in
                defer { state.singles = [] }
                return state.singles
            }
        }

        var batches: [Batch] {
            state.withLock { state in
                defer { state.batches = [] }
                return state.batches
            }
        }
    }

    private struct TestDuplicates: DuplicateSource {
        let finding: DuplicateFinding

        func find(_: WriteIdentity, sequence _: UInt64) async -> DuplicateFinding { finding }
    }

    private final class Answers: Sendable {
        private let all = Mutex<[WriteAnswer]>([])

        var add: WriteGate.Completion {
            { answer in self.all.withLock { $0.append(answer) } }
        }

        var accepted: [WriteReceipt] {
            all.withLock { $0.compactMap { if case .accepted(let receipt) = $0 { receipt } else { nil } } }
        }

        var refused: [Problem] {
            all.withLock { $0.compactMap { if case .refused(let problem) = $0 { problem } else { nil } } }
        }
    }

    private let publisher = TestPublisher()

    private func gate(
        limits: WriteGateLimits = WriteGateLimits(), duplicates: DuplicateFinding = .gone
    ) -> (WriteGate, DuplicateResolver) {
        let metrics = GatewayMetrics(MetricRegistry())
        let resolver = DuplicateResolver(TestDuplicates(finding: duplicates))
        let gate = WriteGate(
            tables: TestTables(),
            committer: WriteCommitter(GroupCommit(), publisher: publisher, metrics: metrics) { _, _ in },
            duplicates: resolver, limits: limits, metrics: metrics,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return (gate, resolver)
    }

    private func request(
        _ key: String?, name: String = "a", kind: OperationKind = .create, table: String = "items", id: String? = nil,
        contentType: String = "application/json", body: String? = nil
    ) -> WriteRequest {
        WriteRequest(
            kind: kind, table: table, entityID: id, idempotencyKey: key, contentType: contentType,
            body: Array((body ?? "{\"name\":\"\(name)\"}").utf8))
    }

    @Test("a write is answered once it is stored, with where to ask for its status")
    func accepts() throws {
        let (gate, _) = gate()
        let answers = Answers()
        gate.accept(request("k1"), completion: answers.add)
        #expect(answers.accepted.isEmpty)
        let single = try #require(publisher.singles.first)
        let envelope = try Envelope(decoding: single.message.payload)
        #expect(envelope.table == "items" && envelope.kind == .create && envelope.schemaVersion == 3)
        #expect(single.message.headers[MessageHeader.messageID] == envelope.operationID.description)
        #expect(single.message.subject.hasPrefix("writes.items."))
        single.answer(.stored(sequence: 7, isDuplicate: false))
        let receipt = try #require(answers.accepted.first)
        #expect(receipt.operationID == envelope.operationID && !receipt.isReplayed)
        #expect(receipt.location.hasPrefix("/status/\(envelope.operationID)?seq=7&table=items&partition="))
        #expect(gate.state.inFlight == 0)
    }

    @Test("the same request again is answered the same, without another publish; another request is 422")
    func replays() throws {
        let (gate, _) = gate()
        let answers = Answers()
        gate.accept(request("k1"), completion: answers.add)
        try #require(publisher.singles.first).answer(.stored(sequence: 7, isDuplicate: false))
        gate.accept(request("k1"), completion: answers.add)
        #expect(publisher.singles.isEmpty)
        let first = try #require(answers.accepted.first)
        var second = try #require(answers.accepted.last)
        #expect(first.body == second.body && first.location == second.location)
        #expect(!first.isReplayed && second.isReplayed)
        second.isReplayed = false
        #expect(first == second)

        for other in [request("k1", name: "b"), request("k1", kind: .delete, id: OperationID.random().description)] {
            gate.accept(other, completion: answers.add)
        }
        #expect(answers.refused.map(\.kind) == [.keyReuse, .keyReuse])
    }

    @Test("a retry while the first is under way joins it; another request under its key is 422")
    func joins() throws {
        let (gate, _) = gate()
        let answers = Answers()
        for _ in 0..<50 { gate.accept(request("k1"), completion: answers.add) }
        gate.accept(request("k1", name: "b"), completion: answers.add)
        #expect(answers.refused.map(\.kind) == [.keyReuse])
        let singles = publisher.singles
        #expect(singles.count == 1)
        singles[0].answer(.stored(sequence: 1, isDuplicate: false))
        #expect(answers.accepted.count == 50)
        #expect(answers.accepted.filter { !$0.isReplayed }.count == 1)
        #expect(Set(answers.accepted.map(\.location)).count == 1)
    }

    @Test("writes that come while one is under way are stored by one batch")
    func groups() throws {
        let (gate, _) = gate()
        let answers = Answers()
        for number in 0..<10 { gate.accept(request("k\(number)"), completion: answers.add) }
        try #require(publisher.singles.first).answer(.stored(sequence: 1, isDuplicate: false))
        let batch = try #require(publisher.batches.first)
        #expect(batch.messages.count == 9)
        batch.answer(.stored(lastSequence: 10, count: 9))
        #expect(answers.accepted.map(\.sequence) == Array(1...10))
    }

    @Test(
        "a duplicate is answered by what is stored",
        arguments: [
            (DuplicateFinding.sameRequest(acceptedAt: "2026-11-24T00:00:00.000Z"), true),
            (.otherRequest, false), (.gone, true), (.failed("away"), false),
        ])
    func duplicates(finding: DuplicateFinding, isAccepted: Bool) async throws {
        let (gate, resolver) = gate(duplicates: finding)
        let answer = await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await resolver.run() }
            let answer = await withCheckedContinuation { continuation in
                gate.accept(request("k1")) { continuation.resume(returning: $0) }
                publisher.singles.first?.answer(.stored(sequence: 9, isDuplicate: true))
            }
            group.cancelAll()
            return answer
        }
        switch answer {
        case .accepted(let receipt):
            #expect(isAccepted)
            #expect(receipt.isReplayed && receipt.sequence == 9)
            if case .sameRequest(let acceptedAt) = finding { #expect(receipt.acceptedAt == acceptedAt) }
        case .refused(let problem):
            #expect(!isAccepted)
            #expect(problem.kind == (finding == .otherRequest ? .keyReuse : .storageUnavailable))
        }
    }

    @Test("a full stream is 503 and leaves the circuit alone, failures open it, and one trial closes it")
    func circuit() throws {
        var limits = WriteGateLimits()
        limits.openFor = .zero
        let (gate, _) = gate(limits: limits)
        let answers = Answers()
        func fail(_ range: Range<Int>, _ answer: PublishResult) {
            for number in range {
                gate.accept(request("k\(number)"), completion: answers.add)
                for single in publisher.singles { single.answer(answer) }
            }
        }
        fail(0..<20, .refused(.streamFull))
        #expect(answers.refused.allSatisfy { $0.kind == .storageFull && $0.headers[.retryAfter] != nil })
        #expect(!gate.state.isCircuitOpen)
        fail(20..<25, .unknown("late"))
        #expect(gate.state.isCircuitOpen && gate.state.consecutiveFailures == 5)

        // The circuit is open until a trial has closed it, and whoever asks before sending one is told to.
        #expect(gate.state.takesWrites)
        let health = GatewayHealth(
            gate: gate, isConnected: { true }, plugins: { [] }, mayLackTables: { false })
        #expect(health.report.isHealthy)

        for number in 30..<80 { gate.accept(request("k\(number)"), completion: answers.add) }
        let singles = publisher.singles
        #expect(singles.count == 1)
        #expect(!gate.state.takesWrites && !health.report.isHealthy)
        singles[0].answer(.stored(sequence: 1, isDuplicate: false))
        #expect(!gate.state.isCircuitOpen && gate.state.takesWrites)
        #expect(answers.accepted.count == 1)
    }

    @Test("a write that may be stored goes by itself when it is repeated")
    func uncertain() throws {
        let (gate, _) = gate()
        let answers = Answers()
        gate.accept(request("k1"), completion: answers.add)
        try #require(publisher.singles.first).answer(.unknown("late"))
        #expect(answers.refused.first?.kind == .storageUnavailable)
        gate.accept(request("k2"), completion: answers.add)
        gate.accept(request("k1"), completion: answers.add)
        #expect(publisher.singles.count == 2)
    }

    @Test("a repeated write is published again where the server may have lost it, and another one under its key is not")
    func restored() throws {
        let (gate, _) = gate()
        let answers = Answers()
        gate.accept(request("k1"), completion: answers.add)
        try #require(publisher.singles.first).answer(.stored(sequence: 1, isDuplicate: false))
        gate.accept(request("k1"), completion: answers.add)
        #expect(answers.accepted.map(\.isReplayed) == [false, true] && publisher.singles.isEmpty)
        gate.connectionRestored()
        gate.accept(request("k1", name: "other"), completion: answers.add)
        #expect(answers.refused.map(\.kind) == [.keyReuse] && publisher.singles.isEmpty)
        gate.accept(request("k1"), completion: answers.add)
        try #require(publisher.singles.first).answer(.stored(sequence: 2, isDuplicate: false))
        #expect(answers.accepted.map(\.isReplayed) == [false, true, false])
    }

    @Test("more than the limit under way is 503")
    func overloaded() {
        var limits = WriteGateLimits()
        limits.maximumInFlight = 3
        let (gate, _) = gate(limits: limits)
        let answers = Answers()
        for number in 0..<5 { gate.accept(request("k\(number)"), completion: answers.add) }
        #expect(answers.refused.map(\.kind) == [.overloaded, .overloaded])
        #expect(gate.refusal()?.kind == .overloaded)
        #expect(gate.state.inFlight == 3)
    }

    @Test("what is wrong with a request is told, and nothing is published")
    func refusals() throws {
        let (gate, _) = gate()
        let answers = Answers()
        let typed = request("k", contentType: "text/plain")
        let broken = request("k", body: "{")
        let empty = request("k", body: "")
        let wrong = request("k", body: "{\"name\":1}")
        let requests = [
            request(nil), request("a b"), request("k", table: "none"), request("k", kind: .update, id: "x"),
            request("k", kind: .update, table: "logs", id: OperationID.random().description), typed, broken, empty,
            wrong,
        ]
        for request in requests { gate.accept(request, completion: answers.add) }
        #expect(
            answers.refused.map(\.kind) == [
                .keyMissing, .keyInvalid, .unknownTable, .invalidParameter, .methodNotAllowed, .unsupportedMediaType,
                .invalidJSON, .invalidJSON, .validationFailed,
            ])
        #expect(answers.refused[4].headers[.allow] == "DELETE")
        #expect(publisher.singles.isEmpty && publisher.batches.isEmpty)
    }
}
