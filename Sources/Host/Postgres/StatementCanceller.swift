// Cancelling a statement from another thread.
import CLibPQ
import Threads

/// Owns a `PGcancel`, which libpq allows to be used from any thread.
final class StatementCanceller: @unchecked Sendable {
    // Unchecked: the object is never changed after it was made, and PQcancel is documented as thread-safe.
    private let handle: OpaquePointer

    /// Takes the object over.
    init(taking handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQfreeCancel(handle)
    }

    /// Asks the server to cancel what the connection is doing. Returns at once: connecting for it takes place on a
    /// thread of its own. Nothing happens where the server can't be reached.
    func cancel() {
        startThread(named: "postgres-cancel") { [self] in
            var message = [CChar](repeating: 0, count: 256)
            _ = PQcancel(handle, &message, Int32(message.count))
        }
    }
}
