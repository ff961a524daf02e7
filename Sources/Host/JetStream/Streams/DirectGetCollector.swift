// The answers to one batched direct get.
import Synchronization

/// Gathers messages until the server says that these were all. A caller that needs every one asks the leader for the
/// one after the last.
final class DirectGetCollector: Sendable {
    private struct State {
        var messages: [StoredMessage] = []
        /// The status that ended the answers, if it is not the good one.
        var failure: JetStreamError?
        /// An answer was lost or can't be read (libnats 3.4 misreads a header without a value): what follows is left out.
        var isBroken = false
    }

    private let state = Mutex(State())

    /// - Returns: whether this was the last answer.
    func add(_ answer: NATSMessage) -> Bool {
        if let message = StoredMessage(direct: answer) {
            state.withLock { state in
                // Each names the one before: a gap means that an answer was lost.
                let previous = answer.headers["Nats-Last-Sequence"].flatMap { UInt64($0) }
                if let previous, previous != state.messages.last?.sequence ?? 0 { state.isBroken = true }
                if !state.isBroken { state.messages.append(message) }
            }
            return false
        }
        switch answer.status {
        case nil:
            state.withLock { $0.isBroken = true }
            return false
        case 204, 404, 503:
            return true
        case .some(let status):
            state.withLock {
                $0.failure = JetStreamError(
                    .refused, "the stream answered \(status) \(answer.statusDescription) to a direct get")
            }
            return true
        }
    }

    /// The messages from the first on, without a gap.
    func result() throws(JetStreamError) -> [StoredMessage] {
        let (messages, failure) = state.withLock { ($0.messages, $0.failure) }
        if let failure { throw failure }
        return messages
    }
}
