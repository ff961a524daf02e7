// Publishes writes to JetStream.
package import JetStream

/// A `WritePublisher` over one NATS connection.
package struct JetStreamPublisher: WritePublisher {
    private let jetStream: JetStream
    private let timeout: Duration

    /// - Parameter timeout: for each publish, single or batch.
    package init(_ jetStream: JetStream, timeout: Duration) {
        self.jetStream = jetStream
        self.timeout = timeout
    }

    package func publish(_ messages: [NATSMessage], completion: @escaping @Sendable (Int, PublishResult) -> Void) {
        jetStream.publish(messages, timeout: timeout) { index, result in completion(index, Self.answer(result)) }
    }

    package func publishBatch(_ messages: [NATSMessage], completion: @escaping @Sendable (BatchPublishResult) -> Void) {
        jetStream.publishAtomicBatch(messages, timeout: timeout) { result in completion(Self.batchAnswer(result)) }
    }

    static func answer(_ result: Result<PublishAcknowledgement, JetStreamError>) -> PublishResult {
        switch result {
        case .success(let stored): .stored(sequence: stored.sequence, isDuplicate: stored.isDuplicate)
        case .failure(let error) where error.kind == .streamFull: .refused(.streamFull)
        case .failure(let error) where error.kind == .messageTooLarge: .refused(.tooLarge)
        case .failure(let error) where error.isOutcomeUnknown: .unknown(error.description)
        case .failure(let error): .refused(.unavailable(error.description))
        }
    }

    static func batchAnswer(_ result: Result<PublishAcknowledgement, JetStreamError>) -> BatchPublishResult {
        switch result {
        case .success(let stored): .stored(lastSequence: stored.sequence, count: stored.count)
        // 10174: the stream has atomic batches switched off.
        case .failure(let error) where error.serverCode == 10174: .unsupported
        case .failure(let error) where error.isOutcomeUnknown: .unknown
        case .failure: .refused
        }
    }
}
