// GET /status/{id} and POST /status
import Cache
import HTTP
import HTTPTypes
import Hummingbird
import JSON
import Operations
import Postgres
import Streams

/// The routes that tell how far operations are.
struct StatusRoutes: Sendable {
    let reader: StatusReader
    let done: DoneWatch
    /// Whether a plugin serves a table: a client may name any.
    let isServed: @Sendable (String) -> Bool
    let bodies: BodyReader

    static let maximumMany = 1_000

    func add(to router: Router<HostRequestContext>) {
        router.get("status/:operationId") { request, context in try await one(request, context) }
        router.post("status") { request, _ in
            try await bodies.withBody(of: request) { try await many($0) }
        }
        router.refuseOtherMethods("status/:operationId", allowed: [.get])
        router.refuseOtherMethods("status", allowed: [.post])
    }

    // MARK: - One

    private func one(_ request: Request, _ context: HostRequestContext) async throws -> Response {
        guard let operationID = OperationID(context.parameters.get("operationId") ?? "") else {
            throw Problem(.invalidParameter, "An operation id is a UUID, as in the answer to the write.")
        }
        let items = QueryItems.parse(request.uri.query ?? "")
        let hint = StatusHint(items)
        if EventStream.isWanted(request.headers) { return try await events(operationID, hint: hint) }
        let wait = try StatusWait(items)?.duration
        guard let status = try await reading({ try await status(operationID, hint: hint, within: wait) }) else {
            throw Problem(.notFound, "There is no such operation: it was never stored, or its record has expired.")
        }
        return Self.answer(status.responseBody)
    }

    /// Server-sent events: `status` with the body of an ordinary answer, at first and at each change, to its end.
    private func events(_ operationID: OperationID, hint: StatusHint) async throws -> Response {
        guard let first = try await reading({ try await reader.status(operationID, hint: hint) }) else {
            throw Problem(.notFound, "There is no such operation: it was never stored, or its record has expired.")
        }
        return EventStream.response { stream in
            var last = first
            try await stream.send("status", data: last.responseBody)
            var quietSince = ContinuousClock.now
            while !last.state.isFinal && !Task.isCancelled && !done.isStopped {
                let next: OperationStatus?
                do {
                    next = try await status(operationID, hint: hint, within: Self.eventPoll)
                    // Nothing is known of it any more.
                    if next == nil { return }
                } catch {
                    // PostgreSQL is away; the stream stays.
                    try await Task.sleep(for: Self.eventPoll)
                    next = nil
                }
                if let next, next != last {
                    last = next
                    try await stream.send("status", data: last.responseBody)
                    quietSince = .now
                } else if ContinuousClock.now - quietSince >= EventStream.heartbeat {
                    try await stream.beat()
                    quietSince = .now
                }
            }
        }
    }

    /// How often a status that streams is looked at beside its end, which is told: for `processing` and `ahead`.
    private static let eventPoll = Duration.seconds(1)

    /// - Parameter wait: holds until the operation has ended, at most this long.
    private func status(
        _ operationID: OperationID, hint: StatusHint, within wait: Duration?
    ) async throws -> OperationStatus? {
        guard let wait else { return try await reader.status(operationID, hint: hint) }
        let end = ContinuousClock.now + wait
        while true {
            guard let table = hint.table, isServed(table), let ticket = try? done.register(operationID, table: table)
            else { return try await polled(operationID, hint: hint, within: end - .now) }
            // Looked at after listening began, so that the end can't fall in between.
            let now: OperationStatus?
            do {
                now = try await reader.status(operationID, hint: hint)
            } catch {
                done.cancel(ticket)
                throw error
            }
            guard let now, !now.state.isFinal, end > .now, !done.isStopped, !Task.isCancelled else {
                done.cancel(ticket)
                return now
            }
            if let ended = await done.outcome(ticket, within: end - .now) {
                return ended.seen(byRequest: hint.fingerprint)
            }
            // The time is over, or a message may have been missed: it is looked at once more.
        }
    }

    /// Without its table nobody tells of an operation's end: it is looked for again and again.
    private func polled(
        _ operationID: OperationID, hint: StatusHint, within wait: Duration
    ) async throws -> OperationStatus? {
        let end = ContinuousClock.now + wait
        while true {
            let status = try await reader.status(operationID, hint: hint)
            let left = end - .now
            guard let status, !status.state.isFinal, left > .zero, !done.isStopped else { return status }
            try await Task.sleep(for: min(left, Self.eventPoll))
        }
    }

    // MARK: - Many

    private func many(_ body: [UInt8]) async throws -> Response {
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: body).root
        } catch {
            throw Problem(.invalidJSON, "The body is not JSON: \(error.message).")
        }
        guard let list = root["operationIds"], list.kind == .array, list.count <= Self.maximumMany else {
            throw Problem(
                .validationFailed, "The body must have operationIds, an array of at most \(Self.maximumMany) UUIDs.")
        }
        var ids: [OperationID] = []
        for (position, element) in list.elements.enumerated() {
            guard let id = element.string.flatMap({ OperationID($0) }) else {
                throw Problem(
                    .validationFailed, "Each operation id must be a UUID.",
                    errors: [
                        FieldError(pointer: "/operationIds/\(position)", code: "format", message: "It must be a UUID.")
                    ])
            }
            ids.append(id)
        }
        let bodies = try await reading { () async throws -> [[UInt8]] in try await self.statusBodies(ids) }
        var writer = JSONWriter(reservingCapacity: 64 + bodies.count * 200)
        writer.beginObject()
        writer.name("operations")
        writer.beginArray()
        for body in bodies { writer.raw(body) }
        writer.endArray()
        writer.endObject()
        return Self.answer(writer.bytes)
    }

    /// In the order of the ids. What Redis has goes out as it lies there; the look-ups of the rest become one in PostgreSQL.
    private func statusBodies(_ ids: [OperationID]) async throws -> [[UInt8]] {
        var bodies = await reader.cache.stored(ids).map { $0?.responseBody(seenByRequest: nil) ?? [] }
        try await withThrowingTaskGroup(of: (Int, OperationStatus).self) { group in
            for (position, id) in ids.enumerated() where bodies[position].isEmpty {
                group.addTask {
                    let status = try await reader.status(id, hint: StatusHint([]))
                    return (position, status ?? OperationStatus(operationID: id, state: .queued))
                }
            }
            for try await (position, status) in group { bodies[position] = status.responseBody }
        }
        return bodies
    }

    private func reading<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PostgresError {
            throw Problem(
                .unavailable,
                "The status can't be looked up now (\(error.safeDescription)). Try again; the operation "
                    + "itself goes on."
            ).retryAfter(.seconds(1))
        }
    }

    private static func answer(_ body: [UInt8]) -> Response {
        Response(
            status: .ok, mediaType: "application/json", headers: [.cacheControl: "no-store"], bytes: body)
    }
}
