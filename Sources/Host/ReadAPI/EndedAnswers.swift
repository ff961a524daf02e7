// Tells gateways which operations have ended.
import JetStream
import Logging
import Operations
import ServiceLifecycle
import Telemetry

/// Answers `Subject.ended`: a gateway asks when a request is repeated that waits for the end of its operation. Of all read
/// APIs one gets each question.
struct EndedAnswers: Service {
    private struct Question: Sendable {
        let operationID: OperationID
        let reply: String
    }

    private let nats: NATSConnection
    private let reader: StatusReader
    private let logger: Logger
    private let questions: AsyncStream<Question>
    private let subscription: NATSSubscription

    /// - Throws: `NATSError` where it can't be subscribed.
    init(_ nats: NATSConnection, reader: StatusReader, logger: Logger) throws {
        // As many at most as requests wait at gateways.
        let (questions, continuation) = AsyncStream.makeStream(of: Question.self)
        self.nats = nats
        self.reader = reader
        self.logger = logger
        self.questions = questions
        subscription = try nats.subscribe(Subject.ended, queueGroup: "jspg-read-api") { message in
            guard let reply = message.reply, let text = String(validating: message.payload, as: UTF8.self),
                let operationID = OperationID(text)
            else { return }
            continuation.yield(Question(operationID: operationID, reply: reply))
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await question in questions { group.addTask { await answer(question) } }
            }
        }
        subscription.cancel()
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
