// Carries out what `PartitionProtocol` decides, for one partition of one table.
import JetStream
import Logging
import Operations
import PluginHost
import Postgres
import Streams
import Tables
import Telemetry

/// Works one partition: strictly one batch after another, until it is told to stop. What is in hand then is committed
/// and acknowledged first.
struct PartitionWorker: Sendable {
    private typealias Machine = PartitionProtocol<WriteMessage>

    /// At most this many messages are decided in one transaction.
    static let maximumBatch = 500

    /// The generation that was loaded when the worker began; a newer one is taken for each batch.
    let table: LoadedTable
    let partition: Int
    let context: ProcessorContext
    let signal: WorkerSignal

    /// How long an idle partition's request lasts. One that is lost meanwhile is noticed by the queue's keeper.
    private static let longestIdle = Duration.seconds(32)
    /// How often a worker that waits for its plugin, or a newer one, looks whether it may go on.
    static let poll = Duration.milliseconds(200)
    /// How long a message is left to another process that works on it and lives: longer than any call of a plugin outside of
    /// a transaction.
    static let longestWaitForOthers = Duration.seconds(10)
    /// How often a worker looks what has become of such a message.
    static let lookAtOthers = Duration.milliseconds(50)
    /// The same, where somebody keeps the partition's row locked.
    static let longestPause = Duration.seconds(2)

    var tableName: String { table.descriptor.name }
    /// The newest generation whose migrations are applied; of a table that was taken out, the last one.
    var current: LoadedTable { context.ready.table(tableName) ?? table }
    private var consumer: String { Subject.writer(table: tableName, partition: partition) }
    var attempts: AttemptRecord {
        AttemptRecord(pool: context.pool, presence: context.presence, table: tableName, partition: partition)
    }

    /// Returns after `stop`.
    ///
    /// - Throws: `JetStreamError` where the consumer is gone or refuses. The worker may be run again.
    func run() async throws {
        let subscription = try context.jetStream.pull(
            stream: StreamName.writes, consumer: consumer, options: try await pullOptions())
        signal.onSignal { subscription.interrupt() }
        defer {
            signal.onSignal {}
            // They were never looked at: at once for another processor, rather than after `ack_wait`.
            for delivery in subscription.stop() { delivery.reject() }
        }
        var machine = Machine()
        var hand: [UInt64: Delivery] = [:]
        var caution = AttemptCaution(batchSize: Self.maximumBatch)
        // The stream that the sequences are of, and how its messages are acknowledged: from the first action on.
        var stream = ""
        var policy = ConsumerConfiguration.AcknowledgePolicy.explicit
        var action = machine.handle(.started)
        while true {
            signal.isBusy = machine.isHoldingMessages
            switch action {
            case .fetch:
                guard let event = try await nextEvent(subscription, into: &hand) else { return }
                for delivery in hand.values where delivery.deliveries > 1 {
                    caution.suspect(through: delivery.streamSequence)
                }
                action = machine.handle(event)
            case .locate:
                let (decided, info) = try await persisting(hand) { try await locate() }
                (stream, policy) = (decided.stream, info.configuration.acknowledgePolicy)
                caution.suspect(through: info.delivered.streamSequence)
                action = machine.handle(
                    .located(
                        decided: decided.last,
                        consumer: .init(
                            streamSequence: info.delivered.streamSequence,
                            consumerSequence: info.delivered.consumerSequence, pin: info.pinnedClientID)))
            case .read(let from, let through):
                context.metrics.catchUps.increment()
                action = machine.handle(try await persisting(hand) { try await read(from: from, through: through) })
            case .compare(let from, let through):
                // One more than is in hand is enough to see that something lies between.
                let limit = min(hand.count + 1, Self.maximumBatch)
                action = machine.handle(
                    try await persisting(hand) { try await read(from: from, through: through, limit: limit) })
            case .apply(let messages, let decided):
                try await waitForPlugin(hand)
                try await apply(
                    messages.map(\.message), after: .init(last: decided, stream: stream), hand: hand, &caution)
                action = machine.handle(.applied)
            case .acknowledge(let deliveries):
                context.jetStream.acknowledge(deliveries.compactMap { hand[$0.consumerSequence] }, policy: policy)
                hand.removeAll(keepingCapacity: true)
                action = machine.handle(.acknowledged)
            }
        }
    }

    private func pullOptions() async throws -> PullOptions {
        var options = PullOptions(
            batch: Self.maximumBatch, pinnedClient: HostStreams.pinnedClient, longestIdle: Self.longestIdle)
        if partition == Partition.plainSubject {
            // One that an earlier version made may have a group, and then serves nobody who does not ask as a member.
            options.group = try await context.jetStream.consumerInfo(stream: StreamName.writes, name: consumer)
                .configuration.pinnedClient?.group
        }
        return options
    }

    /// What happens next while nothing is in hand; `nil`: the worker is to stop.
    private func nextEvent(
        _ subscription: PullSubscription, into hand: inout [UInt64: Delivery]
    ) async throws -> Machine.Event? {
        while true {
            switch signal.take() {
            case .stop: return nil
            case .nudge:
                subscription.askAgain()
                return .nudged
            case .reconnected: return .started
            case nil: break
            }
            // While PostgreSQL is away, or the plugin is out of service, nothing is taken.
            try await context.availability.waitUntilAvailable()
            if isPluginOutOfService {
                try await Task.sleep(for: Self.poll)
                continue
            }
            let deliveries = try await subscription.next(max: Self.maximumBatch)
            guard let first = deliveries.first, let last = deliveries.last else { continue }
            for delivery in deliveries { hand[delivery.consumerSequence] = delivery }
            return .delivered(
                deliveries.map {
                    .init(
                        streamSequence: $0.streamSequence, consumerSequence: $0.consumerSequence,
                        isFirst: $0.deliveries == 1, message: WriteMessage($0))
                },
                // Not of those in between: headers are dear.
                firstPin: first.pin, lastPin: last.pin)
        }
    }

    private var isPluginOutOfService: Bool {
        context.plugins.faults.isEnding || context.plugins.faults.quarantine(of: current.plugin) != nil
    }

    /// What was delivered before the plugin took the process down is not taken again, it is read: it waits here.
    private func waitForPlugin(_ hand: [UInt64: Delivery]) async throws {
        guard isPluginOutOfService else { return }
        try await persisting(hand) {
            while isPluginOutOfService {
                if signal.isStopped { throw CancellationError() }
                try await Task.sleep(for: Self.poll)
            }
        }
    }

    // MARK: - Catching up

    private func locate() async throws -> (PartitionPosition.Position, ConsumerInfo) {
        let position = PartitionPosition(context: context, table: tableName, partition: partition)
        guard let decided = try await position.current(verifiesLast: true) else {
            throw BatchTransaction.StalePosition(table: tableName)
        }
        let info = try await context.jetStream.consumerInfo(stream: StreamName.writes, name: consumer)
        guard info.acknowledgeFloor.consumerSequence <= info.delivered.consumerSequence else {
            // Somebody removed it, and an acknowledgement of one of its predecessor's deliveries came after it was made
            // anew: it takes none any more until it has delivered as many.
            context.logger.error(
                "a partition's consumer counts wrongly and is made anew", metadata: ["consumer": "\(consumer)"])
            try await context.jetStream.deleteConsumer(stream: StreamName.writes, name: consumer)
            throw JetStreamError(.notFound, "the consumer \(consumer) was removed")
        }
        return (decided, info)
    }

    private func read(
        from: UInt64, through: UInt64, limit: Int = Self.maximumBatch
    ) async throws -> Machine.Event {
        let messages = try await context.jetStream.messages(
            stream: StreamName.writes, from: from,
            nextBySubject: Subject.writes(table: tableName, partition: partition), upTo: through,
            limit: limit, maximumBytes: PullOptions.defaultMaximumBytes)
        let bytes = messages.reduce(0) { $0 + $1.payload.count }
        return .read(
            messages.map { .init(streamSequence: $0.sequence, message: WriteMessage($0)) },
            isComplete: messages.count < limit && bytes < PullOptions.defaultMaximumBytes
                || messages.last?.sequence == through)
    }

    /// Tries until it works: what is in hand is never given back because a server is away.
    ///
    /// While it takes long, JetStream is told that the deliveries in hand are still being worked on.
    func persisting<Value: Sendable>(
        _ hand: [UInt64: Delivery], whenHeldUp: @escaping @Sendable () async throws -> Void = {},
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        let hold = context.held.hold(hand)
        defer { context.held.release(hold) }
        return try await TransientRetry(context: context, signal: signal, whenHeldUp: whenHeldUp).run(body)
    }
}
