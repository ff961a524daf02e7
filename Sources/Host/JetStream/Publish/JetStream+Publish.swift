// Publishing with confirmation.

extension JetStream {
    package typealias PublishCompletion = @Sendable (Result<PublishAcknowledgement, JetStreamError>) -> Void

    /// Publishes one message and waits until it is stored.
    ///
    /// - Parameters:
    ///   - headers: with `Nats-Msg-Id` the stream stores the message once in its duplicate window; with
    ///     `Nats-Expected-Last-Subject-Sequence` it stores it only if that is the subject's last sequence.
    ///   - timeout: `nil`: `requestTimeout`.
    /// - Throws: see `JetStreamError.Kind`; `noResponders` if no stream takes the subject.
    @discardableResult
    package func publish(
        _ subject: String, headers: NATSHeaders = NATSHeaders(), payload: [UInt8], timeout: Duration? = nil
    ) async throws(JetStreamError) -> PublishAcknowledgement {
        let answer: NATSMessage
        do throws(NATSError) {
            answer = try await connection.request(
                subject, headers: headers, payload: payload, timeout: timeout ?? requestTimeout)
        } catch {
            throw JetStreamError(error)
        }
        return try PublishAcknowledgement(parsing: answer.payload)
    }

    /// Publishes one message; `completion` is called exactly once, on a thread of the connection: it must not block.
    package func publish(
        _ message: NATSMessage, timeout: Duration? = nil, completion: @escaping PublishCompletion
    ) {
        publish([message], timeout: timeout) { _, result in completion(result) }
    }

    /// Publishes messages independently of each other, in one write; `completion` is called exactly once for each,
    /// with its index, in whatever order the answers come.
    package func publish(
        _ messages: [NATSMessage], timeout: Duration? = nil,
        completion: @escaping @Sendable (_ index: Int, Result<PublishAcknowledgement, JetStreamError>) -> Void
    ) {
        let timeout = timeout ?? requestTimeout
        connection.enqueue(
            messages.enumerated().map { index, message in
                connection.request(message, token: connection.replies.newToken(), timeout: timeout) { result in
                    completion(index, PublishAcknowledgement.from(result))
                }
            })
    }

    /// Publishes messages so that the stream stores all of them or none, with one sync (ADR-50). All must go to one
    /// stream that has `allow_atomic`.
    ///
    /// - Parameters:
    ///   - messages: 1 to 1,000.
    ///   - completion: called exactly once, on a thread of the connection: it must not block. Success has the last
    ///     sequence and the count. `duplicateInBatch`: an id was known already. Where the outcome is unknown, it is
    ///     all or nothing still.
    package func publishAtomicBatch(
        _ messages: [NATSMessage], timeout: Duration? = nil, completion: @escaping PublishCompletion
    ) {
        guard (1...Self.largestBatch).contains(messages.count) else {
            let text = "a batch has 1 to \(Self.largestBatch) messages, not \(messages.count)"
            return completion(.failure(JetStreamError(.batchRejected, text)))
        }
        let token = connection.replies.newToken()
        let batchID = connection.batchID(token)
        var items: [NATSWriter.Item] = []
        items.reserveCapacity(messages.count)
        for (index, original) in messages.enumerated() {
            var message = original
            message.reply = nil
            message.headers.append("Nats-Batch-Id", batchID)
            message.headers.append("Nats-Batch-Sequence", String(index + 1))
            guard index == messages.count - 1 else {
                items.append(.part(message, token: token))
                continue
            }
            // Only the last is answered; a fault in one before makes the server refuse the last.
            message.headers.append("Nats-Batch-Commit", "1")
            items.append(
                connection.request(message, token: token, timeout: timeout ?? requestTimeout) { result in
                    completion(PublishAcknowledgement.from(result))
                })
        }
        connection.enqueue(items)
    }

    /// As above, waiting for the outcome.
    package func publishAtomicBatch(
        _ messages: [NATSMessage], timeout: Duration? = nil
    ) async throws(JetStreamError) -> PublishAcknowledgement {
        let result = await withCheckedContinuation { continuation in
            publishAtomicBatch(messages, timeout: timeout) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// nats-server's limit (`max_batch_size` can lower it).
    package static let largestBatch = 1000
}
