// Lists and rows, from the cache or from PostgreSQL.
import Cache
import Crypto
import JSON
import Operations
import PluginHost
import Postgres
import Tables

/// Reads tables. PostgreSQL renders the rows; this only puts them between brackets.
struct TableReader: Sendable {
    let cache: TableCache
    let pool: PostgresPool

    /// A page of a table.
    func list(_ list: ListQuery, of table: LoadedTable) async throws -> CacheAnswer {
        let name = table.descriptor.name
        return try await cache.read(table: name, key: list.query.cacheKey) {
            let rows = try await run(list.query)
            return Self.cached(Self.body(of: rows, list, name: name))
        }
    }

    /// One row; the body says where it is absent, which is cached as well.
    func row(_ entityID: String, of table: LoadedTable) async throws -> CacheAnswer {
        let query = TableQuery.row(entityID, of: table.descriptor)
        return try await cache.read(table: table.descriptor.name, key: query.cacheKey) {
            let rows = try await run(query)
            guard let row = rows.bytes(0, 0) else { return CachedBody(bytes: [], etag: "", isAbsent: true) }
            return Self.cached(row)
        }
    }

    private func run(_ query: TableQuery) async throws -> PostgresRows {
        try await pool.withConnection { connection in
            try await connection.run { try $0.query(query.sql, query.parameters.map { .text($0) }) }
        }
    }

    /// `{"{table}":[…],"limit":…,"offset":…,"next":…}`
    private static func body(of rows: PostgresRows, _ list: ListQuery, name: String) -> [UInt8] {
        let count = min(rows.count, list.limit)
        var body: [UInt8] = Array("{\"\(name)\":[".utf8)
        for row in 0..<count {
            if row > 0 { body.append(UInt8(ascii: ",")) }
            rows.append(row, 0, to: &body)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("limit", list.limit)
        writer.member("offset", list.offset)
        // The query asked for one row more than the page has.
        let next =
            rows.count > list.limit
            ? list.next(after: (0..<list.keysetColumns).map { rows.string(count - 1, $0 + 1) }) : nil
        writer.member("next", next)
        writer.endObject()
        body.append(contentsOf: "],".utf8)
        body.append(contentsOf: writer.bytes.dropFirst())
        return body
    }

    private static func cached(_ bytes: [UInt8]) -> CachedBody {
        let digest = SHA256.hash(data: bytes).prefix(12).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
        }.joined()
        return CachedBody(bytes: bytes, etag: "\"\(digest)\"")
    }
}
