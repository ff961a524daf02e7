// Values that were seen lately: pure.

/// Remembers the values that were inserted last.
struct RecentValues<Value: Hashable> {
    private let limit: Int
    private var values: Set<Value> = []
    private var order: [Value] = []

    /// - Parameter limit: how many it remembers, at least 1.
    init(limit: Int) {
        self.limit = limit
    }

    func contains(_ value: Value) -> Bool { values.contains(value) }

    /// - Returns: whether it was not remembered.
    mutating func insert(_ value: Value) -> Bool {
        guard values.insert(value).inserted else { return false }
        order.append(value)
        if order.count > limit { values.remove(order.removeFirst()) }
        return true
    }
}
