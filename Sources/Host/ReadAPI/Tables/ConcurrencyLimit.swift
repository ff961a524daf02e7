// How many may do something at the same time.
import Synchronization

/// Hands out shares up to a limit. Any thread.
final class ConcurrencyLimit: Sendable {
    /// Given back when nobody holds it any more.
    final class Share: Sendable {
        private let owner: ConcurrencyLimit

        fileprivate init(_ owner: ConcurrencyLimit) {
            self.owner = owner
        }

        deinit {
            owner.count.withLock { $0 -= 1 }
        }
    }

    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// - Returns: `nil` where all shares are taken.
    func begin() -> Share? {
        let isFree = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        return isFree ? Share(self) : nil
    }
}
