// GET /{table} and GET /{table}/{id}
import Cache
import Encodings
import HTTP
import HTTPTypes
import Hummingbird
import Operations
import PluginHost
import Postgres
import Tables

/// The read routes of tables.
struct TableRoutes: Sendable {
    let plugins: PluginHost
    let reader: TableReader

    func add(to router: Router<HostRequestContext>) {
        router.get(":table") { request, context in try await list(request, context) }
        router.get(":table/:id") { request, context in try await row(request, context) }
        router.refuseOtherMethods(":table", allowed: [.get])
        router.refuseOtherMethods(":table/:id", allowed: [.get])
    }

    private func list(_ request: Request, _ context: HostRequestContext) async throws -> Response {
        let table = try plugins.served(context)
        let list: ListQuery
        do {
            list = try ListQuery(items: QueryItems.parse(request.uri.query ?? ""), descriptor: table.descriptor)
        } catch {
            throw Problem(
                .invalidParameter, "The query has \(error.errors.count) faults; `errors` names each.",
                errors: error.errors)
        }
        switch try await reading({ try await reader.list(list, of: table) }) {
        case .whole(let read): return try answer(read, request)
        case .large:
            guard let share = reader.beginStream() else {
                throw Problem(
                    .overloaded,
                    "As many large lists are being sent as this server sends at the same time. Ask for a "
                        + "smaller page, or repeat the request."
                ).retryAfter(.seconds(1))
            }
            let portions = reader.stream(list, of: table, keeping: share)
            // As long as nothing is sent it can be answered that nothing can be read.
            let first = try await reading { try await portions.next() }
            // Without an entity tag: nobody has the whole of it. Where it breaks off, the connection does.
            return Response(
                status: .ok,
                headers: [
                    .contentType: "application/json", .cacheStatus: CacheAnswer.Source.bypass.rawValue,
                    .cacheControl: "no-cache",
                ],
                body: ResponseBody { writer in
                    var next = first
                    while let portion = next {
                        try await writer.write(ByteBuffer(bytes: portion))
                        next = try await portions.next()
                    }
                    try await writer.finish(nil)
                })
        }
    }

    private func row(_ request: Request, _ context: HostRequestContext) async throws -> Response {
        let table = try plugins.served(context)
        let text = PercentEncoding.decoded(context.parameters.get("id") ?? "") ?? ""
        guard let entityID = table.descriptor.normalizedEntityID(text) else {
            throw Problem(
                .invalidParameter,
                "The id must be a value of type \(table.descriptor.key.type.sql), which the table's key has.",
                errors: [
                    FieldError(
                        pointer: "id", code: "parameter", message: "The id is no \(table.descriptor.key.type.sql).")
                ])
        }
        let read = try await reading { try await reader.row(entityID, of: table) }
        guard !read.body.isAbsent else {
            throw Problem(.notFound, "\(table.descriptor.name) has no row with this id.")
        }
        return try answer(read, request)
    }

    private func reading<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PostgresError {
            guard let problem = Problem(reading: error) else { throw error }
            throw problem
        }
    }

    private func answer(_ read: CacheAnswer, _ request: Request) throws -> Response {
        var headers: HTTPFields = [
            .eTag: read.body.etag, .cacheStatus: read.source.rawValue, .cacheControl: "no-cache",
        ]
        if EntityTag.matches(request.headers[values: .ifNoneMatch], read.body.etag) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/json"
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: read.body.bytes)))
    }
}
