// Answers duplicates, beside the path of all other writes.
import ServiceLifecycle

/// A service that looks up duplicates as they come. Only duplicates cost a look-up; their number is bounded by the
/// number of writes under way.
package struct DuplicateResolver: Service {
    package typealias Completion = @Sendable (DuplicateFinding) -> Void

    private struct Question: Sendable {
        let write: WriteIdentity
        let sequence: UInt64
        let completion: Completion
    }

    private let source: any DuplicateSource
    private let questions: AsyncStream<Question>
    private let asking: AsyncStream<Question>.Continuation

    package init(_ source: any DuplicateSource) {
        self.source = source
        (questions, asking) = AsyncStream.makeStream()
    }

    /// Asks what is stored under the id of `write`. Any thread.
    ///
    /// - Parameter completion: called exactly once, on any thread; must not block.
    package func resolve(_ write: WriteIdentity, sequence: UInt64, completion: @escaping Completion) {
        let question = Question(write: write, sequence: sequence, completion: completion)
        if case .terminated = asking.yield(question) { completion(.failed("the gateway has stopped")) }
    }

    /// Runs until shut down; what was asked before is still answered.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await question in questions {
                    group.addTask {
                        question.completion(await source.find(question.write, sequence: question.sequence))
                    }
                }
            }
        } onGracefulShutdown: {
            asking.finish()
        }
    }
}
