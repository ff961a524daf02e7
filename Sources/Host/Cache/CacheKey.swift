// What names a cached body.

/// The table whose namespace a body is in, and the body's name in Redis and in memory. Made once where the same request
/// comes again and again. A class, since keys go from hand to hand at each read, and one reference is cheaper to count
/// than three.
package final class CacheKey: Sendable {
    package let table: String
    let name: String
    /// The name in Redis of the namespace's token.
    let generationName: String

    /// - Parameter query: names the query inside its table; requests with equal names must be equal queries.
    package init(table: String, query: String) {
        self.table = table
        name = CacheName.entry(table: table, key: query)
        generationName = CacheName.generation(table: table)
    }
}
