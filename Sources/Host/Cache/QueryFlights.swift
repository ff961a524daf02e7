// Requests that miss together share one query: a pure state machine.

/// Keeps who runs a query and who waits for its result. A result may be shared by those who asked before the query
/// began, and, where it has a version, by everybody who asks while that version is current.
package struct QueryFlights<Waiter: Sendable>: Sendable {
    package struct ID: Hashable, Sendable {
        package let key: String
        /// `nil`: Redis was not asked, so nothing tells whether a result under way is recent enough for a newcomer.
        package let version: CacheVersion?

        package init(key: String, version: CacheVersion?) {
            self.key = key
            self.version = version
        }
    }

    package enum Joined: Sendable {
        /// Run the query, then call `finish` or `abandon`.
        case lead
        /// Somebody else's result will come.
        case wait
        /// It has come already.
        case done(CachedBody)
    }

    private struct Flight {
        /// They get what the query under way returns.
        var waiting: [Waiter] = []
        /// They came after it began, and can't tell how old its result is.
        var next: [Waiter] = []
        /// Set from the query's end until the result is stored.
        var body: CachedBody?
    }

    private var flights: [ID: Flight] = [:]

    package init() {}

    package mutating func join(_ id: ID, _ waiter: Waiter) -> Joined {
        guard let flight = flights[id] else {
            flights[id] = Flight()
            return .lead
        }
        if let body = flight.body { return .done(body) }
        if id.version == nil {
            flights[id]?.next.append(waiter)
        } else {
            flights[id]?.waiting.append(waiter)
        }
        return .wait
    }

    /// The query returned `body`, or failed (`nil`). With a version, the flight stays until `forget`.
    ///
    /// - Returns: who gets the result, and who is to run the query again for those that came later.
    package mutating func finish(_ id: ID, body: CachedBody?) -> (answered: [Waiter], leader: Waiter?) {
        guard let flight = flights.removeValue(forKey: id) else { return ([], nil) }
        if id.version != nil, let body { flights[id] = Flight(body: body) }
        return (flight.waiting, lead(id, flight.next))
    }

    /// The one who ran the query is gone before it ended.
    ///
    /// - Returns: who is to run it instead.
    package mutating func abandon(_ id: ID) -> Waiter? {
        guard let flight = flights.removeValue(forKey: id) else { return nil }
        return lead(id, flight.waiting + flight.next)
    }

    /// The result is where everybody finds it.
    package mutating func forget(_ id: ID) {
        if flights[id]?.body != nil { flights[id] = nil }
    }

    private mutating func lead(_ id: ID, _ waiters: [Waiter]) -> Waiter? {
        guard let leader = waiters.first else { return nil }
        flights[id] = Flight(waiting: Array(waiters.dropFirst()))
        return leader
    }
}
