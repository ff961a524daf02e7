// The route that takes many writes at once.
import Encodings
package import HTTP
package import HTTPTypes
package import Hummingbird
import NIOCore
import Operations

/// `POST /{table}/batch`: NDJSON in, NDJSON out, a line for each line, in order. Both ways are streamed: at most `window`
/// lines are in hand, and no more is read until they are answered. One bad line fails that line alone.
package struct BatchRoute: Sendable {
    /// Lines stored at the same time; together they make a few atomic batches.
    private static let window = 500

    private let gate: WriteGate
    private let limiter: RateLimiter?
    private let maximumLineBytes: Int
    private let budget: ByteBudget

    /// - Parameters:
    ///   - limiter: counts each line; `nil`: every client may send as much as it likes.
    ///   - budget: of all request bodies together; a line counts while it has not come whole.
    package init(gate: WriteGate, limiter: RateLimiter?, maximumLineBytes: Int, budget: ByteBudget) {
        self.gate = gate
        self.limiter = limiter
        self.maximumLineBytes = maximumLineBytes
        self.budget = budget
    }

    package func add(to router: Router<HostRequestContext>) {
        router.post(":table/batch") { request, context in
            guard let name = PercentEncoding.decoded(context.parameters.get("table") ?? "") else {
                throw Problem(.badRequest, "The path is not percent-encoded UTF-8 (RFC 3986, 2.1).")
            }
            return try await gate.notingRefusals {
                try respond(to: request, client: limiter?.client(of: request, context) ?? "", table: name)
            }
        }
    }

    /// Whether a request is for this route, by its head. The limit of a body is for one write; a batch may have any number.
    package static func takes(_ request: HTTPRequest) -> Bool {
        request.method == .post && request.path?.prefix { $0 != "?" }.hasSuffix("/batch") == true
    }

    private func respond(to request: Request, client: String, table: String) throws -> Response {
        try gate.check(table: table)
        try WritePreconditions.check(request.headers)
        if let contentType = request.headers[.contentType], !MediaTypeCheck.isNDJSON(contentType) {
            throw MediaTypeCheck.problem(contentType, expected: "application/x-ndjson")
        }
        let body = ResponseBody { writer in
            var lines = NDJSONLines(limit: maximumLineBytes)
            var number = 0
            var held = 0
            defer { budget.release(held) }
            for try await buffer in request.body {
                for group in groups(of: lines.append(buffer.readableBytesView), client: client, table: table) {
                    try await writer.write(await answers(to: group, after: &number))
                }
                budget.release(held)
                held = budget.take(lines.unfinishedBytes) ? lines.unfinishedBytes : 0
                // Its line is answered 503 when it ends.
                if held < lines.unfinishedBytes { lines.dropUnfinished() }
            }
            for group in groups(of: lines.finish().map { [$0] } ?? [], client: client, table: table) {
                try await writer.write(await answers(to: group, after: &number))
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }

    /// Lines that can be stored at the same time: no more than `window`, and each row at most once, so that the
    /// operations on one row are stored in the order of their lines.
    private func groups(of lines: [NDJSONLines.Line], client: String, table: String) -> [[Result<
        WriteRequest, Problem
    >]] {
        var groups: [[Result<WriteRequest, Problem>]] = []
        var rows: Set<String> = []
        for line in lines {
            let request = Result<WriteRequest, Problem> { () throws(Problem) in
                _ = try limiter?.take(client)
                return try BatchLine.request(line, table: table, limit: maximumLineBytes)
            }
            let row = try? request.get().entityID?.lowercased()
            if groups.isEmpty || groups[groups.count - 1].count == Self.window || row.map(rows.contains) == true {
                groups.append([])
                rows = []
            }
            groups[groups.count - 1].append(request)
            if let row { rows.insert(row) }
        }
        return groups
    }

    /// Stores the writes at the same time and returns their answers in order.
    private func answers(
        to requests: [Result<WriteRequest, Problem>], after number: inout Int
    ) async -> ByteBuffer {
        let collector = AnswerCollector(count: requests.count)
        await withCheckedContinuation { continuation in
            collector.whenComplete { continuation.resume() }
            for (position, request) in requests.enumerated() {
                switch request {
                case .success(let request): gate.accept(request) { collector.set($0, at: position) }
                case .failure(let problem):
                    gate.noteRefusal(problem)
                    collector.set(.refused(problem), at: position)
                }
            }
        }
        var buffer = ByteBuffer()
        for answer in collector.answers {
            number += 1
            buffer.writeBytes(BatchLine.answer(answer, number: number))
        }
        return buffer
    }
}
