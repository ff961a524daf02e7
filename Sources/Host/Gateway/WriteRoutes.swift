// The routes that take writes.
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
        refuseOthers(":table/batch", [.create, .upsert, .update, .delete], in: router)
    }

    /// 405 with the operations that the table declares, or 404.
    private func refuseOthers(_ path: RouterPath, _ kinds: [OperationKind], in router: Router<HostRequestContext>) {
        let served = Set(kinds.map(\.method))
        for method: HTTPRequest.Method in [.get, .head, .post, .put, .patch, .delete, .options]
        where !served.contains(method.rawValue) {
            router.on(path, method: method) { _, context -> Response in
                try await gate.notingRefusals {
                    throw try gate.methodNotAllowed(
                        method.rawValue, table: Self.segment("table", context), among: kinds)
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
            response.headers.append(contentsOf: headers)
            return response
        }
    }

    private func write(
        _ kind: OperationKind, _ request: Request, _ context: HostRequestContext
    ) async throws -> Response {
        let table = try gate.table(Self.segment("table", context), for: kind)
        if let refusal = gate.refusal() { throw refusal }
        let entityID = kind == .create ? nil : try Self.segment("id", context, orElse: "batch")
        let wait = RequestPreferences(headerValues: request.headers[values: .prefer]).wait ?? 0

        let (answer, ticket) = try await bodies.withBody(of: request) { body -> (WriteAnswer, DoneWatch.Ticket?) in
            let write = WriteRequest(
                kind: kind, table: table.name, entityID: entityID,
                idempotencyKey: request.headers[.idempotencyKey], contentType: request.headers[.contentType],
                traceparent: request.headers[.traceparent], body: body)
            // Before it is published, so that the end can't be missed.
            var ticket: DoneWatch.Ticket?
            if wait > 0 {
                let identity = try WriteIdentity(write, table: table)
                ticket = try done.register(identity.operationID, table: table.name)
            }
            return (await stored(write), ticket)
        }
        switch (answer, ticket) {
        case (.refused(let problem), let ticket):
            if let ticket { done.cancel(ticket) }
            return problem.response
        case (.accepted(let receipt), nil):
            return receipt.response
        case (.accepted(let receipt), let ticket?):
            if receipt.isReplayed { done.lookBack(ticket, table: receipt.table) }
            let status = await done.outcome(ticket, within: .seconds(wait))
            guard let status = status?.seen(byRequest: receipt.fingerprint) else {
                return receipt.response.applying(wait: wait)
            }
            return FinalAnswer(status, kind: kind, receipt: receipt).response.applying(wait: wait)
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
        guard let segment = PathSegment.decoded(context.parameters.get(name) ?? otherwise) else {
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

extension Response {
    /// With `Preference-Applied: wait=N` (RFC 7240, 3).
    fileprivate func applying(wait: Int) -> Response {
        var response = self
        response.headers[.preferenceApplied] = "wait=\(wait)"
        return response
    }
}
