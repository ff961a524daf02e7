// What answers in a fast lane, as a test wants it.
import HTTP
import Synchronization

/// By the first segment of the path: `/now` is answered at once, `/late` when the test says so; `/back` and `/lateback`
/// the same, but they go to the router after all. Everything else is the router's.
final class LaneResponder: FastResponder {
    private typealias Waiting = @Sendable () -> Void

    private struct State {
        var waiting: [Waiting] = []
        var served: [String] = []
    }

    private let state = Mutex(State())

    /// Paths of the requests that it got, in order.
    var served: [String] { state.withLock { $0.served } }

    var waitingCount: Int { state.withLock { $0.waiting.count } }

    func route(_ head: RequestHead) -> (any FastRoute)? {
        let kind = head.path.dropFirst().prefix { $0 != "/" }
        guard ["now", "late", "back", "lateback"].contains(kind) else { return nil }
        return Route(responder: self, head: head, isLate: kind.hasPrefix("late"), goesBack: kind.hasSuffix("back"))
    }

    /// Answers what waits longest.
    ///
    /// - Returns: whether something waited.
    @discardableResult
    func answerNext() -> Bool {
        let next: Waiting? = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
        next?()
        return next != nil
    }

    /// What waits is the test's from now on.
    func takeWaiting() -> [@Sendable () -> Void] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    private struct Route: FastRoute {
        let responder: LaneResponder
        let head: RequestHead
        let isLate: Bool
        let goesBack: Bool

        func serve(body: [UInt8], answer: @escaping @Sendable (FastAnswer?) -> Void) {
            responder.state.withLock { $0.served.append(String(head.path)) }
            let result = goesBack ? nil : LaneAnswer.fast(head, body)
            guard isLate else { return answer(result) }
            responder.state.withLock { state in state.waiting.append { answer(result) } }
        }
    }
}
