// Many reads in one command.

/// Values that were asked for at about the same time: each key is asked for once, all in one `MGET`, which Redis answers
/// from one moment. Pure.
struct GatheredReads {
    typealias Completion = @Sendable (Result<RedisValues, RedisError>) -> Void

    private struct Waiter {
        let places: [Int]
        let completion: Completion
    }

    /// Where another command begins: nobody is answered before the last value of their command has come, and values may
    /// be large.
    static let maximumKeys = 32

    private var keys: [String] = []
    private var places: [String: Int] = [:]
    private var waiters: [Waiter] = []

    var isEmpty: Bool { waiters.isEmpty }
    var isFull: Bool { keys.count >= Self.maximumKeys }

    mutating func add(_ keys: [String], completion: @escaping Completion) {
        waiters.append(Waiter(places: keys.map { place(of: $0) }, completion: completion))
    }

    private mutating func place(of key: String) -> Int {
        if let place = places[key] { return place }
        places[key] = keys.count
        keys.append(key)
        return keys.count - 1
    }

    var command: RedisCommand { RedisCommand(words: ["MGET"] + keys) }

    /// Gives everybody what they asked for.
    func answer(_ result: Result<RedisReplies, RedisError>) {
        let values = result.flatMap(values(of:))
        for waiter in waiters { waiter.completion(values.map { RedisValues($0, places: waiter.places) }) }
    }

    /// The elements of the one reply.
    private func values(of replies: RedisReplies) -> Result<RedisReplies, RedisError> {
        guard let values = replies.first?.elements, values.count == keys.count else {
            let reason = replies.firstError ?? "unexpected reply"
            return .failure(RedisError(.unavailable, "Redis can't be read: \(reason)"))
        }
        return .success(RedisReplies(replies: values, runID: replies.runID, connection: replies.connection))
    }
}
