// The routes that take writes.
import Encodings
package import HTTP
import HTTPTypes
package import Hummingbird
import Operations
package import Streams

/// `POST /{table}`, `PUT`, `PATCH` and `DELETE /{table}/{id}`.
package struct WriteRoutes: Sendable {
    private let gate: WriteGate
    private let done: DoneWatch
    private let limiter: RateLimiter?
    private let bodies: BodyReader

    /// - Parameter limiter: `nil`: every client may send as much as it likes.
    package init(gate: WriteGate, done: DoneWatch, limiter: RateLimiter?, bodies: BodyReader) {
        self.gate = gate
        self.done = done
        self.limiter = limiter
        self.bodies = bodies
    }

    package func add(to router: Router<HostRequestContext>) {
        router.post(":table") { request, context in try await limited(.create, request, context) }
        for kind in [OperationKind.upsert, .update, .delete] {
            guard let method = HTTPRequest.Method(kind.method) else { continue }
            router.on(":table/:id", method: method) { request, context in try await limited(kind, request, context) }
            // A row of the name that a batch is posted to.
            router.on(":table/batch", method: method) { request, context in try await limited(kind, request, context) }
        }
        refuseOthers(":table", [.create], in: router)
        refuseOthers(":table/:id", [.upsert, .update, .delete], in: router)
        refuseOthers(":table/batch", [.upsert, .update, .delete], takesBatches: true, in: router)
    }

    /// 405 with the operations that the table declares, or 404.
    private func refuseOthers(
        _ path: RouterPath, _ kinds: [OperationKind], takesBatches: Bool = false, in router: Router<HostRequestContext>
    ) {
        let served = Set(kinds.map(\.method) + (takesBatches ? [OperationKind.create.method] : []))
        for method in HTTPRequest.Method.known where !served.contains(method.rawValue) {
            router.on(path, method: method) { _, context -> Response in
                try await gate.notingRefusals {
                    throw try gate.methodNotAllowed(
                        method.rawValue, table: Self.segment("table", context), among: kinds,
                        takesBatches: takesBatches)
                }
            }
        }
    }

    private func limited(
        _ kind: OperationKind, _ request: Request, _ context: HostRequestContext
    ) async throws -> Response {
        try await gate.notingRefusals {
            let headers = try limiter?.take(limiter?.client(of: request, context) ?? "") ?? [:]
            var response = try await write(kind, request, context)
            for field in headers { response.fields.append((field.name, field.value)) }
            return response.response
        }
    }

    private func write(
        _ kind: OperationKind, _ request: Request, _ context: HostRequestContext
    ) async throws -> BufferedResponse {
        let isBatchPath = kind != .create && context.parameters.get("id") == nil
        let table = try gate.table(Self.segment("table", context), for: kind, takesBatches: isBatchPath)
        try WritePreconditions.check(request.headers)
        if let refusal = gate.refusal() { throw refusal }
        let entityID = kind == .create ? nil : try Self.segment("id", context, orElse: "batch")
        let wait = RequestPreferences(headerValues: request.headers[values: .prefer]).wait ?? 0

        let (answer, end) = try await bodies.withBody(of: request) { body -> (WriteAnswer, AwaitedEnd?) in
            let write = WriteRequest(
                kind: kind, table: table.name, entityID: entityID,
                idempotencyKey: request.headers[.idempotencyKey], contentType: request.headers[.contentType],
                traceparent: request.headers[.traceparent], body: body)
            // Before it is published, so that the end can't be missed.
            var end: AwaitedEnd?
            if wait > 0 {
                let identity = try WriteIdentity(write, table: table)
                let ticket = try done.register(identity.operationID, table: table.name)
                end = AwaitedEnd(ticket: ticket, seconds: wait, done: done)
            }
            return (await stored(write), end)
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.response(to: kind, awaiting: end) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            if let end { done.cancel(end.ticket) }
        }
    }

    private func stored(_ write: WriteRequest) async -> WriteAnswer {
        await withCheckedContinuation { continuation in
            gate.accept(write) { continuation.resume(returning: $0) }
        }
    }

    /// A parameter of the path, decoded.
    private static func segment(
        _ name: String, _ context: HostRequestContext, orElse otherwise: String = ""
    ) throws(Problem) -> String {
        guard let segment = PercentEncoding.decoded(context.parameters.get(name) ?? otherwise) else {
            throw Problem(.badRequest, "The path is not percent-encoded UTF-8 (RFC 3986, 2.1).")
        }
        return segment
    }
}

extension RateLimiter {
    /// Who a request is from.
    func client(of request: Request, _ context: HostRequestContext) -> String {
        client(
            address: context.remoteAddress?.ipAddress, forwardedFor: request.headers[values: .forwardedFor])
    }
}
