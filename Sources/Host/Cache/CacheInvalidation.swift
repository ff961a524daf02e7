// The commands that make everything cached of some tables worthless, and what their replies mean. Pure.
package import Operations
package import Redis

package struct CacheInvalidation: Sendable {
    /// How long a status can be read from Redis.
    package static let statusLifetime: Duration = .seconds(3_600)

    package let tables: [String]
    package let statuses: [EncodedStatus]
    private let tokens: [CacheToken]

    /// - Parameter tokens: one for each table, never used before.
    package init(tables: [String], statuses: [EncodedStatus], tokens: [CacheToken]) {
        self.tables = tables
        self.statuses = statuses
        self.tokens = tokens
    }

    package init(tables: Set<String>, statuses: [EncodedStatus]) {
        var generator = SystemRandomNumberGenerator()
        self.init(
            tables: tables.sorted(), statuses: statuses,
            tokens: tables.map { _ in CacheToken(using: &generator) })
    }

    /// First the tokens, then the statuses: a client that sees one must find the other done. One transaction, so that
    /// where the server refuses a token (no memory left), it stores no status either.
    ///
    /// - Parameter lifetime: of a status.
    package func commands(lifetime: Duration) -> [RedisCommand] {
        var commands: [RedisCommand] = [["MULTI"]]
        commands.reserveCapacity(tables.count + statuses.count + 2)
        for (table, token) in zip(tables, tokens) {
            commands.append(["SET", CacheName.generation(table: table), token.description])
        }
        for status in statuses { commands.append(Self.storing(status, lifetime: lifetime)) }
        commands.append(["EXEC"])
        return commands
    }

    /// Stores a status in the place of the one before.
    package static func storing(_ status: EncodedStatus, lifetime: Duration = Self.statusLifetime) -> RedisCommand {
        var command = RedisCommand("SET", CacheName.status(status.operationID))
        command.append(status.bytes)
        command.append("EX")
        command.append(String(lifetime.components.seconds))
        return command
    }

    /// Whether the transaction ran whole.
    package static func succeeded(_ replies: some BidirectionalCollection<RedisReply>) -> Bool {
        guard let results = replies.last?.elements else { return false }
        return results.allSatisfy { $0.errorMessage == nil }
    }

    /// A namespace without a token holds nothing that counts. Unlike `SET`, this works on a server that has no memory
    /// left; the next reader pays a round trip more.
    package var fallback: [RedisCommand] {
        tables.isEmpty ? [] : [RedisCommand(words: ["DEL"] + tables.map(CacheName.generation))]
    }
}
