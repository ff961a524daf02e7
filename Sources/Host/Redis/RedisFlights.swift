// Who waits for which reply.
internal import NIOCore

/// Batches under way, in the order in which they were sent; replies come in the same order. Pure.
struct RedisFlights {
    typealias Completion = @Sendable (Result<RedisReplies, RedisError>) -> Void

    private struct Flight {
        let count: Int
        let completion: Completion
    }

    private var flights = CircularBuffer<Flight>()
    /// What the first has got.
    private var replies: [RedisReply] = []

    var isEmpty: Bool { flights.isEmpty }

    /// - Parameter count: how many replies the batch gets, at least one.
    mutating func add(count: Int, completion: @escaping Completion) {
        flights.append(Flight(count: count, completion: completion))
    }

    /// - Returns: a batch that has all of its replies now; `nil` where it lacks some.
    /// - Throws: `connectionLost` where nobody asked for the reply.
    mutating func take(
        _ reply: RedisReply
    ) throws(RedisError) -> (replies: [RedisReply], completion: Completion)? {
        guard let count = flights.first?.count else {
            throw RedisError(.connectionLost, "Redis answered what was not asked.")
        }
        if replies.isEmpty { replies.reserveCapacity(count) }
        replies.append(reply)
        guard replies.count == count else { return nil }
        defer { replies = [] }
        return (replies, flights.removeFirst().completion)
    }

    /// Removes all, in order.
    mutating func removeAll() -> [Completion] {
        defer {
            flights.removeAll()
            replies = []
        }
        return flights.map(\.completion)
    }
}
