// Looks after the stream of writes: takes over from dead holders, makes room, and counts what is queued.
import JetStream
import Logging
import Operations
import ServiceLifecycle
import Streams
import Synchronization
import Telemetry

/// Looks at the stream once a second, at a small one more often. Idle, that is one small request.
actor QueueKeeper: Service {
    /// From one look to the next; after more than that nothing can be said of the time between them.
    private static let longestLook = Duration.seconds(4)
    private static let longestProbe = Duration.seconds(2)
    /// Longer than others take to notice that PostgreSQL is back, and to go on.
    private static let recovery = Duration.seconds(4)
    /// Longer than a replica is behind.
    private static let replicaLag = Duration.seconds(5)
    private static let tellingPause = Duration.seconds(60)

    private let context: ProcessorContext
    private let workers: TableWorkers
    private var standstill = StandstillWatch()
    private var interval = Duration.seconds(1)
    private var standstillSeen = ContinuousClock.now
    private var databaseAwaySeen: ContinuousClock.Instant?
    private var lastSeen: UInt64?
    private var wasIdle = false
    private nonisolated let hasRecovered = Atomic(false)
    private var ends = StreamEnds()
    private var unservedTold: ContinuousClock.Instant?
    private let queued: MetricGauge
    private let streamBytes: MetricGauge

    init(context: ProcessorContext, workers: TableWorkers) {
        self.context = context
        self.workers = workers
        let registry = context.metrics.registry
        queued = registry.gauge("jspg_queue_operations", help: "Operations that are stored and not decided.")
        streamBytes = registry.gauge("jspg_queue_stream_bytes", help: "Size of the stream of writes in bytes.")
    }

    /// PostgreSQL was away. It may be another server than before, and lack the last that was decided; in a partition where
    /// something happens its worker finds out by itself.
    nonisolated func databaseRecovered() {
        hasRecovered.store(true, ordering: .relaxed)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: await self.interval)
                    try await self.look()
                } catch is CancellationError {
                    return
                } catch {
                    self.context.logger.debug(
                        "looking at the stream of writes failed", metadata: [LogKey.error: "\(error)"])
                }
            }
        }
    }

    private func look() async throws {
        let stream = try await streamInfo()
        streamBytes.set(Double(stream.bytes))
        interval = StreamTrim.interval(maximumBytes: stream.configuration.maxBytes)
        let now = ContinuousClock.now
        ends.note(stream.lastSequence, at: now)
        let looksAtQuiet = hasRecovered.exchange(false, ordering: .relaxed)
        if wasIdle && lastSeen == stream.lastSequence && !looksAtQuiet { return }
        lastSeen = stream.lastSequence
        let consumers: [ConsumerInfo]
        do {
            consumers = try await context.jetStream.consumers(stream: StreamName.writes)
        } catch {
            if looksAtQuiet { databaseRecovered() }
            throw error
        }
        let undecided = consumers.reduce(0) { $0 + Int($1.pending) + $1.acknowledgePending }
        queued.set(Double(undecided))
        wasIdle = undecided == 0 && !needsRoom(stream)
        if looksAtQuiet {
            for name in consumers.filter(\.isDone).map(\.configuration.name) {
                if let worker = WorkerName(consumer: name) { _ = workers.nudge(worker) }
            }
        }
        try await takeOver(consumers)
        try await trim(stream, consumers: consumers, at: now)
    }

    /// Somebody may have removed the stream, or nats-server has lost its disk: clients are told 503 until it is made anew.
    private func streamInfo() async throws -> StreamInfo {
        do throws(JetStreamError) {
            return try await context.jetStream.streamInfo(StreamName.writes)
        } catch {
            guard error.kind == .notFound else { throw error }
            context.logger.error(
                """
                the stream of writes is gone and is made anew: what was stored in it and not decided is lost, unless it is \
                brought back
                """)
            try await context.streams.ensure()
            return try await context.jetStream.streamInfo(StreamName.writes)
        }
    }

    // MARK: - Taking over

    private func takeOver(_ consumers: [ConsumerInfo]) async throws {
        // What stands still between two looks is taken over, so there has to be time between them.
        let elapsed = ContinuousClock.now - standstillSeen
        guard elapsed >= .seconds(1) else { return }
        standstillSeen = .now
        // Who was paused may not have been alone.
        guard elapsed < Self.longestLook else {
            standstill = StandstillWatch()
            return
        }
        let looks = consumers.map { consumer in
            (
                consumer.configuration.name,
                StandstillWatch.Look(
                    delivered: consumer.delivered.consumerSequence,
                    acknowledged: consumer.acknowledgeFloor.streamSequence, hasUndecided: !consumer.isDone)
            )
        }
        let pinned = Set(consumers.filter { $0.configuration.pinnedClient != nil }.map(\.configuration.name))
        let names = standstill.standingStill(Dictionary(looks) { first, _ in first })
        if names.isEmpty { return }
        // While PostgreSQL is away everything stands still, everywhere. A processor with nothing to do has not met that.
        if await !context.availability.isWritable(within: Self.longestProbe) { databaseAwaySeen = .now }
        if let databaseAwaySeen, .now - databaseAwaySeen < Self.recovery { return }
        for name in names {
            guard let worker = WorkerName(consumer: name), workers.nudge(worker), pinned.contains(name) else {
                continue
            }
            try await context.jetStream.unpin(
                stream: StreamName.writes, consumer: name, group: HostStreams.pinnedClient.group)
        }
    }

    // MARK: - Making room

    private func needsRoom(_ stream: StreamInfo) -> Bool {
        StreamTrim.needsRoom(
            bytes: stream.bytes, maximumBytes: UInt64(clamping: stream.configuration.maxBytes))
    }

    /// - Parameter now: when the stream was looked at, before the consumers were.
    private func trim(
        _ stream: StreamInfo, consumers: [ConsumerInfo], at now: ContinuousClock.Instant
    ) async throws {
        // A consumer's count of what it has not delivered lags behind the stream: a moment, and more where another server
        // leads it.
        let lag = stream.configuration.replicas > 1 ? Self.replicaLag : interval
        guard needsRoom(stream), let settledEnd = ends.end(before: lag, at: now) else { return }
        let unserved = try await UnservedWrites(context: context).firstUndecided(without: consumers, in: stream)
        let trim = StreamTrim(
            bytes: stream.bytes, maximumBytes: UInt64(stream.configuration.maxBytes),
            firstSequence: stream.firstSequence, lastSequence: settledEnd,
            consumers: consumers.map {
                .init(acknowledgedThrough: $0.acknowledgeFloor.streamSequence, hasUndecided: !$0.isDone)
            },
            unservedFrom: unserved.map(\.sequence), duplicateWindowFrom: ends.duplicateWindowFrom(at: now))
        tell(of: unserved.filter { $0.sequence <= trim.keepFrom ?? stream.firstSequence }, at: now)
        guard let keepFrom = trim.keepFrom else { return }
        // Two processors may do so at the same time: each keeps what it found undecided, which only ever shrinks.
        let count = try await context.jetStream.purge(StreamName.writes, before: keepFrom)
        context.logger.info(
            "removed decided messages from the stream of writes", metadata: [LogKey.count: "\(count)"])
    }

    private func tell(of unserved: [UnservedWrites.First], at now: ContinuousClock.Instant) {
        guard let first = unserved.min(by: { $0.sequence < $1.sequence }) else { return }
        if let unservedTold, now - unservedTold < Self.tellingPause { return }
        unservedTold = now
        context.logger.warning(
            """
            the stream of writes is more than half full and can't be trimmed beyond writes that no processor takes. \
            Install their table's plugin, or remove them
            """,
            metadata: [LogKey.subject: "\(first.subject)", LogKey.sequence: "\(first.sequence)"])
    }
}
