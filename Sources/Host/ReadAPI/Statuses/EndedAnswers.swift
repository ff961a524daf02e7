// Tells gateways which operations have ended.
import JetStream
import Logging
import Operations
import ServiceLifecycle
import Telemetry

/// Answers `Subject.ended`: a gateway asks about an operation whose end is waited for and may have been missed: where a
/// request is repeated, the cache could not be invalidated, or NATS was away. Of all read APIs one gets each question.
struct EndedAnswers: Service {
    private struct Question: Sendable {
        let operationID: OperationID
        let reply: String
    }

    private let nats: NATSConnection
    private let reader: StatusReader
    private let logger: Logger
    private let questions: AsyncStream<Question>
    private let asking: AsyncStream<Question>.Continuation
    private let subscription: NATSSubscription

    /// - Throws: `NATSError` where it can't be subscribed.
    init(_ nats: NATSConnection, reader: StatusReader, logger: Logger) throws {
        let (questions, asking) = AsyncStream.makeStream(of: Question.self)
        self.nats = nats
        self.reader = reader
        self.logger = logger
        self.questions = questions
        self.asking = asking
        subscription = try nats.subscribe(Subject.ended, queueGroup: "jspg-read-api") { message in
            guard let reply = message.reply, let text = String(validating: message.payload, as: UTF8.self),
                let operationID = OperationID(text)
            else { return }
            asking.yield(Question(operationID: operationID, reply: reply))
        }
    }

    /// Runs until shut down; what was asked before is still answered.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for await question in questions { group.addTask { await answer(question) } }
            }
        } onGracefulShutdown: {
            subscription.cancel()
            asking.finish()
        }
        await nats.flush()
    }

    private func answer(_ question: Question) async {
        var body: [UInt8] = []
        do {
            let status = try await reader.status(question.operationID, hint: StatusHint([]))
            if let status, status.state.isFinal, let table = status.table {
                body = DoneMessage(table: table, transactionID: nil, operations: [status]).encoded()
            }
        } catch {
            logger.debug("An operation could not be looked up", metadata: [LogKey.error: "\(error)"])
        }
        nats.publish([NATSMessage(subject: question.reply, payload: body)])
    }
}
