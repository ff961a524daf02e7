// From the replication slot to JetStream.
import JetStream
import Logging
import Operations
import Postgres
import ServiceLifecycle
import Telemetry

/// Receives changes, stores them, and confirms to PostgreSQL what is stored. Starts again where it was after any failure.
struct ReplicationService: Service {
    let configuration: PostgresConfiguration
    let slot: ReplicationSlot
    let memory: PositionStore
    let streams: CaptureStreams
    let publisher: ChangePublisher
    let detail: EventDetail
    /// What is published before the first change; `nil`: nothing.
    let snapshot: InitialSnapshot?
    let state: CaptureState
    let logger: Logger

    /// Frames that are received before what they mean is stored.
    private static let maximumFrames = 4_000
    /// No further frame is received once there are as many bytes.
    private static let maximumFrameBytes = 4_194_304
    /// How long `receive` waits, and so how soon a stop is noticed, in milliseconds.
    private static let receiveWait: Int32 = 1_000
    /// Confirming costs a sync in JetStream and means little to PostgreSQL.
    private static let confirmInterval = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures = 0
            var isUndecodable = false
            while !Task.isCancelled {
                do {
                    try await replicate(&isUndecodable) { failures = 0 }
                } catch is CancellationError {
                    return
                } catch let error as PostgresError where error.sqlState == "55006" {
                    // Another process has the slot: this one takes over when it ends. What was wrong with it may be mended.
                    isUndecodable = false
                    if state.phase != .standby { logger.notice("another process uses the slot; this one stands by") }
                    state.set(.standby)
                    try? await Task.sleep(for: .seconds(1))
                } catch {
                    let reason = (error as? PostgresError)?.safeDescription ?? "\(error)"
                    if failures % 30 == 0 {
                        logger.error(
                            "changes can't be captured; it is tried again", metadata: [LogKey.error: "\(error)"])
                    }
                    state.set(.waiting, reason: reason)
                    failures += 1
                    try? await Task.sleep(for: .milliseconds(min(100 << min(failures, 5), 2_000)))
                }
            }
        }
    }

    /// - Parameters:
    ///   - isUndecodable: whether PostgreSQL could not make changes of the slot's WAL.
    ///   - onProgress: called each time that something is confirmed.
    private func replicate(_ isUndecodable: inout Bool, onProgress: () -> Void) async throws {
        let wasUndecodable = isUndecodable
        let (current, connection) = try await slot.withLock(configuration, logger: logger) {
            let current = try await prepare(isUndecodable: wasUndecodable)
            return (
                current,
                try await ReplicationConnection.start(
                    configuration, slot: slot.name, publication: slot.publication, logger: logger)
            )
        }
        isUndecodable = false
        state.set(.replicating)
        logger.info("capturing changes", metadata: ["slot": "\(slot.name)", "from": "\(current.position)"])
        var capture = Capture(
            position: ConfirmablePosition(start: current.position), publication: slot.publication, detail: detail,
            maximumEventBytes: publisher.maximumPayload)
        var memory = current
        var pace = GatherPace()
        do {
            var lastConfirm = ContinuousClock.now - Self.confirmInterval
            while true {
                let frames = try await connection.receive(
                    maximum: Self.maximumFrames, maximumBytes: Self.maximumFrameBytes, waiting: Self.receiveWait)
                var wantsReply = false
                for frame in frames {
                    switch frame {
                    case .data(let bytes): try capture.take(bytes)
                    case .keepalive(let end, let wants):
                        // What came before it is in hand or stored; only then does it say anything.
                        capture.serverEnd = LogSequenceNumber(end)
                        wantsReply = wantsReply || wants
                    }
                }
                if let oldest = capture.oldestTime { state.setPending(since: oldest) }
                let changes = capture.takeChanges()
                try await storeAll(&capture)
                // A backlog is one until the server has nothing more.
                if (frames.isEmpty && capture.oldestTime == nil) || capture.isCaughtUp { state.setPending(since: nil) }
                if let end = capture.serverEnd { capture.position.idle(upTo: end) }
                let now = ContinuousClock.now
                let isStopping = Task.isCancelled
                guard wantsReply || isStopping || now - lastConfirm >= Self.confirmInterval else {
                    // A stop is noticed in the next turn, which confirms what is stored.
                    if let wait = pace.wait(after: changes, at: now) { try? await Task.sleep(for: wait) }
                    continue
                }
                lastConfirm = now
                try await confirm(capture.position.confirmable, &memory, on: connection)
                onProgress()
                if isStopping { throw CancellationError() }
            }
        } catch {
            await connection.close()
            // undefined_object: the WAL is from before the publication was made.
            isUndecodable = (error as? PostgresError)?.sqlState == "42704"
            throw error
        }
    }

    private func storeAll(_ capture: inout Capture) async throws {
        try await publisher.storeAll(capture.messages, logger: logger) { count in
            capture.position.stored(changes: count)
            state.stored(changes: count)
        }
        capture.messages.removeAll(keepingCapacity: true)
    }

    /// First remembered, then confirmed: the slot is never ahead of what is remembered.
    private func confirm(
        _ position: LogSequenceNumber, _ current: inout PositionStore.Entry, on connection: ReplicationConnection
    ) async throws {
        if position > current.position {
            current.position = position
            let entry = current
            // Not cut off by a stop: it is what the next start relies on.
            let memory = memory
            try await Task { try await memory.write(entry) }.value
        }
        try await connection.confirm(position.value)
    }

    // MARK: - Before it starts

    /// Makes sure of streams, publication and slot, and tells of every table where changes may have been missed.
    ///
    /// - Throws: `PostgresError` with SQLSTATE 55006 where another process uses the slot, before anything is done.
    private func prepare(isUndecodable: Bool) async throws -> PositionStore.Entry {
        var found = try await slot.state()
        let tables = try await slot.tables()
        let stream = try await streams.ensure().stream
        found.isUndecodable = isUndecodable
        found.stream = stream.created
        let remembered = try await memory.read()
        let verdict = found.verdict(remembered: remembered)
        var entry = PositionStore.Entry(
            system: found.system, position: found.confirmed ?? LogSequenceNumber(0), stream: stream.created)
        // A slot without a remembered position is one whose snapshot came to no end.
        let takesSnapshot = remembered == nil || verdict.makesSlot
        if case .missed(let reason, let remakes) = verdict, snapshot == nil || remembered != nil {
            logger.error(
                "changes may have been missed: \(reason). Every cached list is made stale",
                metadata: ["slot": "\(slot.name)", "remade": "\(remakes)"])
        }
        if let snapshot, takesSnapshot {
            if remembered != nil { try await memory.forget() }
            if found.confirmed != nil { try await slot.drop() }
            entry.position = try await begin(
                with: snapshot, of: tables, isRepeated: found.confirmed != nil || remembered != nil)
            try await memory.write(entry)
            return entry
        }
        if verdict == .good { return entry }
        if verdict.makesSlot {
            entry.position = try await slot.make(replacing: verdict != .create)
            logger.notice("made the replication slot", metadata: ["slot": "\(slot.name)"])
        }
        // Only after the slot is there: what changes from now on is captured.
        try await tell(tables) { ChangeWriter.doubt(of: $0, at: $1) }
        try await memory.write(entry)
        return entry
    }

    private func tell(_ tables: [CapturedTable], _ event: (CapturedTable, Int64) -> ChangeWriter.Event) async throws {
        let now = Timestamp.now().microseconds
        let messages = tables.map { table in
            let told = event(table, now)
            return NATSMessage(subject: told.subject, payload: told.payload)
        }
        try await publisher.storeAll(messages, logger: logger)
    }

    /// Makes the slot and publishes the tables as they are at that moment.
    ///
    /// - Parameter isRepeated: whether rows were told of before, some of which may be gone.
    /// - Returns: where the slot begins.
    private func begin(
        with snapshot: InitialSnapshot, of tables: [CapturedTable], isRepeated: Bool
    ) async throws -> LogSequenceNumber {
        state.set(.snapshot)
        var start = LogSequenceNumber(0)
        try await ReplicationConnection.makeSlot(slot.name, configuration, logger: logger) { position, name in
            start = LogSequenceNumber(position) ?? start
            logger.notice("takes the initial snapshot", metadata: ["tables": "\(tables.count)"])
            if isRepeated { try await tell(tables) { ChangeWriter.truncation(of: $0, at: $1) } }
            let count = try await snapshot.publish(name, at: start, tables: tables)
            logger.notice("the initial snapshot is stored", metadata: ["rows": "\(count)"])
        }
        return start
    }
}
