// Lists and rows, from the cache or from PostgreSQL.
import Cache
import Crypto
import Encodings
import Operations
import PluginHost
import Postgres
import Tables

/// Reads tables. PostgreSQL renders the rows; this only puts them between brackets.
struct TableReader: Sendable {
    let cache: TableCache
    let pool: PostgresPool
    /// Larger lists are streamed, and not cached.
    let maximumBytes: Int
    private let large = LargeLists()
    /// Clients take their time for large lists, and each holds a connection meanwhile.
    private let streams: ConcurrencyLimit

    init(cache: TableCache, pool: PostgresPool, maximumBytes: Int) {
        self.cache = cache
        self.pool = pool
        self.maximumBytes = maximumBytes
        streams = ConcurrencyLimit(limit: max(1, pool.size / 2))
    }

    /// Leave to stream a list, kept while it is streamed; `nil` while half of the pool does so already.
    func beginStream() -> ConcurrencyLimit.Share? { streams.begin() }

    /// What a list is answered with.
    enum List {
        case whole(CacheAnswer)
        /// It is larger than the cache takes: `stream` sends it.
        case large
    }

    private struct TooLarge: Error {}

    /// Of a list that is streamed, in memory at a time.
    private static let portion = 256 << 10

    /// A page of a table.
    func list(_ list: ListQuery, of table: LoadedTable) async throws -> List {
        let name = table.descriptor.name
        let key = "\(name) \(list.query.cacheKey)"
        if large.contains(key) { return .large }
        do {
            return .whole(
                try await cache.read(CacheKey(table: name, query: list.query.cacheKey)) {
                    var page = ListPage(list, table: name)
                    try await rows(of: list) { rows in
                        append(rows, of: list, to: &page)
                        return page.bytes.count <= maximumBytes
                    }
                    guard page.bytes.count <= maximumBytes else { throw TooLarge() }
                    page.finish()
                    return Self.cached(page.take())
                })
        } catch is TooLarge {
            large.insert(key)
            return .large
        }
    }

    /// A page while its rows come, with a bounded part of it in memory. There is a first portion whatever the rows.
    ///
    /// - Parameter share: kept until the connection is given back.
    func stream(_ list: ListQuery, of table: LoadedTable, keeping share: ConcurrencyLimit.Share) -> Portions {
        Portions { give in
            defer { withExtendedLifetime(share) {} }
            var page = ListPage(list, table: table.descriptor.name)
            try await rows(of: list) { rows in
                append(rows, of: list, to: &page)
                try await give(page.take())
                return true
            }
            page.finish()
            try await give(page.take())
        }
    }

    private func rows(of list: ListQuery, _ body: ([PostgresRows]) async throws -> Bool) async throws {
        let statement = PostgresStatement(list.query.sql, list.query.parameters.map { .text($0) })
        try await pool.withConnection { connection in
            try await connection.portions(of: statement, bytes: Self.portion, body)
        }
    }

    private func append(_ rows: [PostgresRows], of list: ListQuery, to page: inout ListPage) {
        for row in rows {
            page.append(keys: { (0..<list.keysetColumns).map { row.string(0, $0 + 1) } }) { row.append(0, 0, to: &$0) }
        }
    }

    /// One row; the body says where it is absent, which is cached as well.
    func row(_ entityID: String, of table: LoadedTable) async throws -> CacheAnswer {
        let query = TableQuery.row(entityID, of: table.descriptor)
        return try await cache.read(CacheKey(table: table.descriptor.name, query: query.cacheKey)) {
            let rows = try await run(query)
            guard let row = rows.bytes(0, 0) else { return CachedBody(bytes: [], etag: "", isAbsent: true) }
            return Self.cached(row)
        }
    }

    private func run(_ query: TableQuery) async throws -> PostgresRows {
        try await pool.query(query.sql, query.parameters.map { .text($0) })
    }

    private static func cached(_ bytes: [UInt8]) -> CachedBody {
        CachedBody(bytes: bytes, etag: "\"\(Hexadecimal.text(SHA256.hash(data: bytes).prefix(12)))\"")
    }
}
