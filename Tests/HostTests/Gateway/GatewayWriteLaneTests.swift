// Which writes the gateway takes before its router, and that they are answered as there.
@testable import Gateway
import HTTP
import HTTPTypes
import Hummingbird
import JSON
import JetStream
import Logging
import Operations
import Streams
import Synchronization
import Telemetry
import Testing

@Suite("Write lane")
struct GatewayWriteLaneTests {
    private struct TestTable: WritableTable {
        let name: String
        var schemaVersion = 1
        var operations = Set(OperationKind.allCases)
        var refusal: Problem?

        func entityID(_ text: String) -> String? { text == "bad" ? nil : text }

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
            case "logs": TestTable(name: name, operations: [.create])
            case "broken": TestTable(name: name, refusal: Problem(.pluginFailed, "out of service"))
            default: nil
            }
        }
    }

    /// Stores everything at once.
    private struct TestPublisher: WritePublisher {
        func publish(_ messages: [NATSMessage], completion: @escaping @Sendable (Int, PublishResult) -> Void) {
            for index in messages.indices { completion(index, .stored(sequence: 7, isDuplicate: false)) }
        }

        func publishBatch(_ messages: [NATSMessage], completion: @escaping @Sendable (BatchPublishResult) -> Void) {
            Issue.record("one write is no batch")
        }
    }

    private struct NoDuplicates: DuplicateSource {
        func find(_: WriteIdentity, sequence _: UInt64) async -> DuplicateFinding { .gone }
    }

    private static let body = #"{"name":"a"}"#

    private let gate: WriteGate
    private let budget = ByteBudget(limit: 1_000)
    private let lane: WriteLane
    private let bus: Bus
    private let done: DoneWatch

    /// Tells the end of operations on `items` to those who listen.
    private final class Bus: Sendable {
        private let handlers = Mutex<[@Sendable ([UInt8]) -> Void]>([])

        func add(_ handler: @escaping @Sendable ([UInt8]) -> Void) { handlers.withLock { $0.append(handler) } }

        func ended(_ status: OperationStatus) {
            let message = DoneMessage(table: "items", transactionID: nil, operations: [status])
            for handler in handlers.withLock({ $0 }) { handler(message.encoded()) }
        }
    }

    init() {
        let bus = Bus()
        self.bus = bus
        done = DoneWatch { _, handler in
            bus.add(handler)
            return 0
        }
        let metrics = GatewayMetrics(MetricRegistry())
        gate = WriteGate(
            tables: TestTables(),
            committer: WriteCommitter(GroupCommit(), publisher: TestPublisher(), metrics: metrics) { _, _ in },
            duplicates: DuplicateResolver(NoDuplicates()), limits: WriteGateLimits(), metrics: metrics,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        lane = WriteLane(gate: gate, done: done, budget: budget)
    }

    private func route(_ line: String, _ fields: String = "Idempotency-Key: k\r\n") throws -> (any FastRoute)? {
        let bytes = Array("\(line) HTTP/1.1\r\n\(fields)\r\n".utf8)
        guard case .complete(let head) = bytes.withUnsafeBytes({ RequestHead.read($0) }) else {
            Issue.record("\(line) is no head")
            return nil
        }
        return lane.route(head)
    }

    /// The answer and whether one was given; `answer` is `nil` where the request goes to the router after all.
    private func serve(_ route: any FastRoute, _ body: String) -> (count: Int, answer: FastAnswer?) {
        let answers = Mutex<[FastAnswer?]>([])
        route.serve(body: Array(body.utf8)) { answer in answers.withLock { $0.append(answer) } }
        return answers.withLock { ($0.count, $0.last ?? nil) }
    }

    private func parsed(_ answer: FastAnswer) throws -> WireAnswer {
        try #require(WireAnswer.parse(answer.head + [0x0D, 0x0A] + answer.body).first)
    }

    @Test(
        "plain writes are taken", arguments: ["POST /items", "PUT /items/1", "PATCH /items/1", "DELETE /items/batch"])
    func taken(line: String) throws {
        #expect(try route(line) != nil)
    }

    @Test(
        "what the routes have to judge is theirs",
        arguments: [
            "GET /items", "GET /items/1", "HEAD /items", "OPTIONS /items", "POST /items/1", "POST /items/batch",
            "PUT /items", "PATCH /items", "DELETE /items", "POST /items?a", "POST /", "POST /items/", "PUT //1",
            "PUT /items/1/", "PUT /items/1/2", "POST /nothing", "PUT /logs/1", "POST /broken", "POST /Items",
        ])
    func left(line: String) throws {
        #expect(try route(line) == nil)
    }

    @Test(
        "so is what is conditional, and what prefers twice", arguments: ["If-Match: \"x\"", "Prefer: a\r\nPrefer: b"])
    func conditional(fields: String) throws {
        guard
            case .complete(let head) = Array("POST /items HTTP/1.1\r\n\(fields)\r\n\r\n".utf8).withUnsafeBytes(
                RequestHead.read)
        else {
            Issue.record("no head")
            return
        }
        #expect(!head.isOrdinary || lane.route(head) == nil)
    }

    @Test("the first that waits for an end goes to the router, which begins to listen")
    func firstWait() throws {
        let route = try #require(try route("POST /items", "Idempotency-Key: k\r\nPrefer: wait=5\r\n"))
        let (count, answer) = serve(route, Self.body)
        #expect(count == 1 && answer == nil)
        #expect(budget.inUse == 0 && done.count == 0)
    }

    @Test("a preference without a wait changes nothing", arguments: ["respond-async", "wait=0", "wait=x"])
    func otherPreference(value: String) throws {
        let route = try #require(try route("POST /items", "Idempotency-Key: k\r\nPrefer: \(value)\r\n"))
        let answer = try parsed(#require(serve(route, Self.body).answer))
        #expect(answer.status == 202 && answer.field("Preference-Applied") == nil)
    }

    @Test("a write that waits has the answer of its end", arguments: [nil, "wrong"])
    func waited(failure: String?) async throws {
        let listening = try done.register(.random(), table: "items")
        defer { done.cancel(listening) }
        let key = "k\(failure ?? "")"
        let route = try #require(try route("POST /items", "Idempotency-Key: \(key)\r\nPrefer: wait=30\r\n"))
        let request = WriteRequest(
            kind: .create, table: "items", entityID: nil, idempotencyKey: key, contentType: nil,
            body: Array(Self.body.utf8))
        let identity = try WriteIdentity(request, table: TestTable(name: "items"))
        let status = OperationStatus(
            operationID: identity.operationID, state: failure == nil ? .completed : .failed, table: "items",
            entityID: identity.entityID,
            error: failure.map { OperationError(code: "rejected", message: $0, status: 409) },
            fingerprint: identity.fingerprint)
        let fast = await withCheckedContinuation { continuation in
            route.serve(body: Array(Self.body.utf8)) { continuation.resume(returning: $0) }
            bus.ended(status)
        }
        let answer = try parsed(#require(fast))
        let receipt = WriteReceipt(identity, acceptedAt: "", sequence: 1, isReplayed: false)
        let response = FinalAnswer(status, kind: .create, receipt: receipt).response.response
        #expect(answer.status == response.status.code)
        #expect(answer.field("Preference-Applied") == "wait=30")
        for field in response.headers where field.name != .location {
            #expect(answer.field(field.name.rawName) == field.value)
        }
        #expect(answer.field("Location")?.hasPrefix(failure == nil ? "/items/" : "/status/") == true)
        #expect(done.count == 1 && budget.inUse == 0)
    }

    @Test("a write whose end does not come in time is accepted")
    func waitedInVain() async throws {
        let listening = try done.register(.random(), table: "items")
        defer { done.cancel(listening) }
        let route = try #require(try route("POST /items", "Idempotency-Key: k\r\nPrefer: wait=1\r\n"))
        let fast = await withCheckedContinuation { continuation in
            route.serve(body: Array(Self.body.utf8)) { continuation.resume(returning: $0) }
        }
        let answer = try parsed(#require(fast))
        #expect(answer.status == 202 && answer.field("Preference-Applied") == "wait=1")
        #expect(done.count == 1)
    }

    @Test("a write has the fields of the router's answer, and a repeated one is marked")
    func accepted() throws {
        let route = try #require(try route("POST /items", "Idempotency-Key: k\r\nContent-Type: application/json\r\n"))
        for isReplayed in [false, true] {
            let (count, fast) = serve(route, Self.body)
            #expect(count == 1)
            let answer = try parsed(#require(fast))
            #expect(answer.status == 202)
            let request = WriteRequest(
                kind: .create, table: "items", entityID: nil, idempotencyKey: "k", contentType: "application/json",
                body: Array(Self.body.utf8))
            var receipt: WriteReceipt?
            let received = Mutex<WriteReceipt?>(nil)
            gate.accept(request) { outcome in
                if case .accepted(let accepted) = outcome { received.withLock { $0 = accepted } }
            }
            receipt = received.withLock { $0 }
            receipt?.isReplayed = isReplayed
            let response = try #require(receipt?.response.response)
            #expect(answer.body == receipt?.body)
            #expect(answer.fields.map { $0.name.lowercased() } == response.headers.map(\.name.canonicalName))
            #expect(answer.fields.map(\.value) == response.headers.map(\.value))
            #expect((answer.field("Idempotency-Replayed") == "true") == isReplayed)
        }
        #expect(budget.inUse == 0)
    }

    @Test(
        "what is refused is a problem document",
        arguments: [
            ("POST /items", "Idempotency-Key: k\r\n", #"{"name":1}"#, 400), ("POST /items", "", body, 400),
            ("POST /items", "Idempotency-Key: k\r\nContent-Type: text/plain\r\n", body, 415),
            ("POST /items", "Idempotency-Key: k\r\n", "{", 400),
            ("PUT /items/bad", "Idempotency-Key: k\r\n", body, 400),
        ])
    func refused(line: String, fields: String, body: String, status: Int) throws {
        let (count, fast) = serve(try #require(try route(line, fields)), body)
        #expect(count == 1)
        let answer = try parsed(#require(fast))
        #expect(answer.status == status && answer.field("Content-Type") == Problem.mediaType)
        #expect(answer.field("Cache-Control") == "no-store")
        #expect(budget.inUse == 0)
    }

    @Test("the same key with another body is 422")
    func keyReuse() throws {
        let route = try #require(try route("POST /items"))
        _ = serve(route, Self.body)
        #expect(try parsed(#require(serve(route, #"{"name":"b"}"#).answer)).status == 422)
    }

    @Test("a body for which there is no room goes to the router, which says so")
    func noRoom() throws {
        let route = try #require(try route("POST /items"))
        let (count, answer) = serve(route, String(repeating: " ", count: 1_001))
        #expect(count == 1 && answer == nil)
        #expect(budget.inUse == 0)
    }
}
