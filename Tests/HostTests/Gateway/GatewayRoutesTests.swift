// What the gateway's router refuses, and how.
@testable import Gateway
import HTTP
import HTTPTypes
import Hummingbird
import JSON
import JetStream
import Logging
import NIOCore
import NIOEmbedded
import Operations
import Streams
import Telemetry
import Testing

@Suite("Gateway routes")
struct GatewayRoutesTests {
    private struct TestTable: WritableTable {
        let name: String
        var schemaVersion: Int { 1 }
        let operations: Set<OperationKind>
        var refusal: Problem? { nil }

        func entityID(_ text: String) -> String? { text }

        func faults(
            kind: OperationKind, identity: WriteIdentity, body: JSONValue, bytes: [UInt8]
        ) throws(Problem) -> [FieldError] { [] }
    }

    private struct TestTables: TableDirectory {
        var mayLackTables: Bool { false }

        func table(named name: String) -> (any WritableTable)? {
            switch name {
            case "items": TestTable(name: name, operations: Set(OperationKind.allCases))
            case "notes": TestTable(name: name, operations: [.delete])
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

    private func answer(_ method: String, _ path: String, _ fields: HTTPFields = [:]) async throws -> Response {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let metrics = GatewayMetrics(MetricRegistry())
        let gate = WriteGate(
            tables: TestTables(),
            committer: WriteCommitter(GroupCommit(), publisher: TestPublisher(), metrics: metrics) { _, _ in },
            duplicates: DuplicateResolver(NoDuplicates()), limits: WriteGateLimits(), metrics: metrics, logger: logger)
        let budget = ByteBudget(limit: 1_000)
        let router = Router(context: HostRequestContext.self)
        router.add(middleware: ProblemMiddleware(logger: logger))
        WriteRoutes(
            gate: gate, done: DoneWatch { _, _ in 0 }, limiter: nil, bodies: BodyReader(limit: 1_000, budget: budget)
        ).add(to: router)
        BatchRoute(gate: gate, limiter: nil, maximumLineBytes: 1_000, budget: budget).add(to: router)

        var fields = fields
        fields[.idempotencyKey] = "k"
        let head = HTTPRequest(
            method: try #require(HTTPRequest.Method(method)), scheme: nil, authority: nil, path: path,
            headerFields: fields)
        let context = HostRequestContext(
            source: ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: logger))
        return try await router.buildResponder().respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer(string: "{}"))), context: context)
    }

    @Test(
        "a precondition on a row's state is refused rather than passed over",
        arguments: [
            (.ifMatch, "\"a\""), (.ifMatch, "*"), (.ifNoneMatch, " * "),
            (.ifUnmodifiedSince, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] as [(HTTPField.Name, String)])
    func precondition(name: HTTPField.Name, value: String) async throws {
        for (method, path) in [
            ("POST", "/items"), ("POST", "/items/batch"), ("PUT", "/items/1"), ("PATCH", "/items/1"),
            ("DELETE", "/items/1"),
        ] {
            let answer = try await answer(method, path, [name: value])
            #expect(answer.status == .notImplemented, "\(method) \(path)")
            #expect(answer.headers[.contentType] == Problem.mediaType)
        }
    }

    @Test("a tag that is not to match is let pass")
    func cachedTag() async throws {
        #expect(try await answer("PUT", "/items/1", [.ifNoneMatch: "\"a\""]).status == .accepted)
    }

    @Test(
        "Allow names what a path takes: a batch whatever the table declares",
        arguments: [
            ("GET", "/items", "POST"), ("GET", "/notes", ""), ("POST", "/notes", ""),
            ("POST", "/items/1", "PUT, PATCH, DELETE"), ("PUT", "/notes/1", "DELETE"),
            ("GET", "/items/batch", "POST, PUT, PATCH, DELETE"), ("GET", "/notes/batch", "POST, DELETE"),
            ("PUT", "/notes/batch", "POST, DELETE"),
        ])
    func allow(method: String, path: String, methods: String) async throws {
        let answer = try await answer(method, path)
        #expect(answer.status == .methodNotAllowed && answer.headers[.allow] == methods)
    }

    @Test("a batch is known by its head")
    func batchHead() {
        func takes(_ method: HTTPRequest.Method, _ path: String) -> Bool {
            BatchRoute.takes(HTTPRequest(method: method, scheme: nil, authority: "a", path: path))
        }
        #expect(takes(.post, "/items/batch") && takes(.post, "/items/batch?x=1"))
        #expect(!takes(.put, "/items/batch") && !takes(.post, "/items") && !takes(.post, "/items?x=/batch"))
    }

    @Test("a method that no path takes is 501", arguments: ["TRACE", "PROPFIND", "BREW"])
    func unknownMethod(method: String) async throws {
        #expect(try await answer(method, "/items").status == .notImplemented)
    }
}
