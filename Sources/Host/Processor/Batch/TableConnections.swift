// Which share of the connections to PostgreSQL one table may have.
import Synchronization

/// Hands out connections to the transactions of tables, so that a lock that somebody holds on one table leaves some for the
/// others. Any thread; who comes first is served first.
final class TableConnections: Sendable {
    private struct Use {
        var count = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let limit: Int
    private let uses = Mutex<[String: Use]>([:])

    /// - Parameter connections: how many there are; all but one may be one table's.
    init(of connections: Int) {
        limit = max(1, connections - 1)
    }

    /// Runs `body` when fewer than that many of the table's are running.
    func with<Value: Sendable>(_ table: String, _ body: () async throws -> Value) async rethrows -> Value {
        await begin(table)
        defer { end(table) }
        return try await body()
    }

    private func begin(_ table: String) async {
        await withCheckedContinuation { continuation in
            let isFree = uses.withLock { uses in
                if uses[table, default: Use()].count < limit {
                    uses[table, default: Use()].count += 1
                    return true
                }
                uses[table, default: Use()].waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// The one that waits for longest has the share next.
    private func end(_ table: String) {
        let next = uses.withLock { uses -> CheckedContinuation<Void, Never>? in
            guard var use = uses.removeValue(forKey: table) else { return nil }
            let next = use.waiting.isEmpty ? nil : use.waiting.removeFirst()
            if next == nil { use.count -= 1 }
            if use.count > 0 { uses[table] = use }
            return next
        }
        next?.resume()
    }
}
