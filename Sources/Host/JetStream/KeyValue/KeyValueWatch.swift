// Following a bucket.

/// The entries of a bucket and their changes, as they happen. Where its consumer is lost (a server that was away for
/// long) it begins again with what each key has, so changes between may be left out.
package actor KeyValueWatch {
    private let bucket: KeyValueBucket
    private var subscription: PullSubscription
    private var consumer: String
    private var hasSnapshot = false

    init(bucket: KeyValueBucket) async throws(JetStreamError) {
        self.bucket = bucket
        (consumer, subscription) = try await Self.subscribe(bucket)
    }

    /// What a bucket has, or what has changed in it.
    package struct Changes: Sendable {
        package let entries: [KeyValueEntry]
        /// These are all entries that there are now: what was known before counts no more.
        package let isSnapshot: Bool
    }

    /// Waits until there is something, then returns all that has arrived: first everything that the bucket has, in one
    /// piece, and again so where the watch had to begin again. One task calls it.
    ///
    /// - Throws: `closed`, `cancelled`, or what keeps a new consumer from being made.
    package func next() async throws(JetStreamError) -> Changes {
        var snapshot: [KeyValueEntry] = []
        while true {
            do throws(JetStreamError) {
                let deliveries = try await subscription.next(max: 1000)
                let entries = deliveries.compactMap { delivery in
                    KeyValueEntry(
                        subject: delivery.subject, revision: delivery.streamSequence,
                        headers: delivery.headers, payload: delivery.payload, prefix: bucket.prefix)
                }
                if hasSnapshot {
                    if !entries.isEmpty { return Changes(entries: entries, isSnapshot: false) }
                } else {
                    snapshot += entries
                    // Half of a snapshot is no state that the bucket ever had.
                    guard deliveries.last?.pending == 0 else { continue }
                    hasSnapshot = true
                    return Changes(entries: snapshot, isSnapshot: true)
                }
            } catch {
                guard error.kind == .notFound || error.kind == .noResponders else { throw error }
                subscription.stop()
                (hasSnapshot, snapshot) = (false, [])
                (consumer, subscription) = try await Self.subscribe(bucket)
            }
        }
    }

    /// Ends the watch; `next` throws `closed` from now on.
    package func stop() async {
        subscription.stop()
        // Fails only where the consumer is gone already; it would end by itself.
        try? await bucket.jetStream.deleteConsumer(stream: bucket.stream, name: consumer)
    }

    private static func subscribe(
        _ bucket: KeyValueBucket
    ) async throws(JetStreamError) -> (String, PullSubscription) {
        let name =
            "watch-"
            + bucket.jetStream.connection.batchID(bucket.jetStream.connection.replies.newToken())
            .replacing(".", with: "-")
        var configuration = ConsumerConfiguration(
            stream: bucket.stream, name: name, filterSubject: bucket.prefix + ">")
        configuration.deliverPolicy = .lastPerSubject
        configuration.acknowledgePolicy = .none
        configuration.inactiveThreshold = .seconds(60)
        configuration.isInMemory = true
        configuration.replicas = 1
        _ = try await bucket.jetStream.ensureConsumer(configuration)
        return (name, try bucket.jetStream.pull(stream: bucket.stream, consumer: name))
    }
}
