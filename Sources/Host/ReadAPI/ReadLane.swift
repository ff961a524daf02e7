// Answers what is cached before the router does.
import Cache
import HTTP
import HTTPTypes
import Operations
import PluginHost
import Streams
import Tables

/// Serves `GET /{table}`, `GET /{table}/{id}` and `GET /status/{id}` where memory or Redis has the answer, and lets a
/// status wait for the end of its operation; everything else is left to the routes: what has to be queried or streamed,
/// what is wrong, and conditional requests.
struct ReadLane: FastResponder {
    private let plugins: PluginHost
    private let cache: TableCache
    private let statuses: StatusCache
    private let done: DoneWatch
    private let keys = KnownTargets()

    /// How long the end of an operation is waited for before PostgreSQL is asked whether it lies further back: nearly all
    /// operations that somebody waits for end before this.
    private static let firstWait = Duration.milliseconds(250)

    init(plugins: PluginHost, cache: TableCache, statuses: StatusCache, done: DoneWatch) {
        self.plugins = plugins
        self.cache = cache
        self.statuses = statuses
        self.done = done
    }

    func route(_ head: RequestHead) -> (any FastRoute)? {
        guard head.method == .get, !head.isConditional, head.contentLength == 0,
            head.accept?.contains("text/event-stream") != true
        else { return nil }
        let tables = plugins.tables
        if let key = keys.key(of: head.target, in: tables) { return BodyRoute(cache: cache, key: key) }
        let path = Path(head.path)
        if path.first == "status" {
            guard !path.hasMore, let operationID = path.second.flatMap({ OperationID($0) }) else { return nil }
            let items = QueryItems.parse(head.query ?? "")
            let hint = StatusHint(items)
            guard items.contains(where: { $0.name == "wait" }) else {
                return StatusRoute(statuses: statuses, operationID: operationID, fingerprint: hint.fingerprint)
            }
            guard let wait = try? StatusWait(items), wait.duration >= Self.firstWait, let table = hint.table else {
                return nil
            }
            return WaitingRoute(
                statuses: statuses, done: done, operationID: operationID, table: table, fingerprint: hint.fingerprint)
        }
        guard !path.hasMore, path.first != "events", let table = tables.table(String(path.first)),
            let key = key(of: path, head, in: table.descriptor)
        else { return nil }
        keys.remember(key, of: head.target, in: tables)
        return BodyRoute(cache: cache, key: key)
    }

    private struct StatusRoute: FastRoute {
        let statuses: StatusCache
        let operationID: OperationID
        let fingerprint: String?

        func serve(body: [UInt8], answer: @escaping @Sendable (FastAnswer?) -> Void) {
            statuses.stored(operationID) { [fingerprint] status in
                answer(status?.responseBody(seenByRequest: fingerprint).map(ReadLane.answer(status:)))
            }
        }
    }

    /// Waits for a while; what has not ended then goes to the routes, which wait for as long as the client would.
    private struct WaitingRoute: FastRoute {
        let statuses: StatusCache
        let done: DoneWatch
        let operationID: OperationID
        let table: String
        let fingerprint: String?

        func serve(body: [UInt8], answer: @escaping @Sendable (FastAnswer?) -> Void) {
            // Looked at after listening began, so that the end can't fall in between.
            guard let ticket = done.registerIfListening(operationID, table: table) else { return answer(nil) }
            statuses.stored(operationID) { [done, fingerprint] status in
                if let body = status?.responseBody(seenByRequest: fingerprint) {
                    done.cancel(ticket)
                    return answer(ReadLane.answer(status: body))
                }
                done.outcome(ticket, within: ReadLane.firstWait) { ended in
                    answer(ended.map { ReadLane.answer(status: $0.seen(byRequest: fingerprint).responseBody) })
                }
            }
        }
    }

    private struct BodyRoute: FastRoute {
        let cache: TableCache
        let key: CacheKey

        func serve(body: [UInt8], answer: @escaping @Sendable (FastAnswer?) -> Void) {
            cache.cached(key) { answer($0.flatMap(ReadLane.answer(_:))) }
        }
    }

    /// `nil` for a request that the routes have to judge.
    private func key(of path: Path, _ head: RequestHead, in table: TableDescriptor) -> CacheKey? {
        if let id = path.second {
            return table.normalizedEntityID(String(id)).map { entityID in
                CacheKey(table: table.name, query: TableQuery.row(entityID, of: table).cacheKey)
            }
        }
        let list = try? ListQuery(items: QueryItems.parse(head.query ?? ""), descriptor: table)
        return list.map { CacheKey(table: table.name, query: $0.query.cacheKey) }
    }

    private static func answer(status body: [UInt8]) -> FastAnswer {
        FastAnswer(
            status: .ok, fields: [(.contentType, "application/json"), (.cacheControl, "no-store")], body: body)
    }

    private static func answer(_ read: CacheAnswer) -> FastAnswer? {
        // 404 has a body of its own.
        guard !read.body.isAbsent else { return nil }
        return FastAnswer(
            status: .ok,
            fields: [
                (.eTag, read.body.etag), (.cacheStatus, read.source.rawValue), (.cacheControl, "no-cache"),
                (.contentType, "application/json"),
            ], body: read.body.bytes)
    }

    /// The first two segments of a path.
    private struct Path {
        let first: Substring
        let second: Substring?
        /// There are more than two, or an empty one.
        let hasMore: Bool

        init(_ path: Substring) {
            let text = path.utf8.dropFirst()
            guard let slash = text.firstIndex(of: UInt8(ascii: "/")) else {
                first = Substring(text)
                second = nil
                hasMore = text.isEmpty
                return
            }
            let rest = text[text.index(after: slash)...]
            first = Substring(text[..<slash])
            second = Substring(rest)
            hasMore = first.isEmpty || rest.isEmpty || rest.contains(UInt8(ascii: "/"))
        }
    }
}
