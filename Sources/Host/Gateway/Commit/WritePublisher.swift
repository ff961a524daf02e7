// Where messages go.
package import JetStream

/// Publishes messages and reports each answer exactly once, on any thread. The gateway's is JetStream; tests have others.
package protocol WritePublisher: Sendable {
    /// Publishes messages independently of each other.
    ///
    /// - Parameter completion: gets each message's index and answer.
    func publish(_ messages: [NATSMessage], completion: @escaping @Sendable (Int, PublishResult) -> Void)

    /// Publishes messages so that all are stored or none.
    func publishBatch(_ messages: [NATSMessage], completion: @escaping @Sendable (BatchPublishResult) -> Void)
}
