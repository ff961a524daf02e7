// Waits for the answers to writes that were sent at the same time.
import Synchronization

/// Collects the answers to a number of writes. Any thread.
final class AnswerCollector: Sendable {
    private struct State {
        var answers: [WriteAnswer?]
        var missing: Int
        var completion: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(answers: Array(repeating: nil, count: count), missing: count))
    }

    /// To be called once, before the first answer.
    func whenComplete(_ completion: @escaping @Sendable () -> Void) {
        state.withLock { $0.completion = completion }
    }

    func set(_ answer: WriteAnswer, at position: Int) {
        let completion = state.withLock { state -> (@Sendable () -> Void)? in
            state.answers[position] = answer
            state.missing -= 1
            return state.missing == 0 ? state.completion : nil
        }
        completion?()
    }

    var answers: [WriteAnswer] { state.withLock { $0.answers.compactMap { $0 } } }
}
