// A connection that receives changes.
package import Logging
import Threads

/// Speaks the streaming replication protocol (PostgreSQL documentation, "Streaming Replication Protocol"). Every call
/// runs on the actor's own thread.
package actor ReplicationConnection {
    /// What the server sends while it replicates.
    package enum Frame: Sendable {
        /// Output of the plugin.
        case data([UInt8])
        /// - Parameters:
        ///   - end: everything before it was sent.
        ///   - wantsReply: the server waits for a position.
        case keepalive(end: UInt64, wantsReply: Bool)
    }

    private let executor: ThreadExecutor
    private let configuration: PostgresConfiguration
    private let logger: Logger
    private var handle: ConnectionHandle?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        executor = ThreadExecutor(name: "replication")
    }

    deinit {
        executor.stop()
    }

    /// Connects and starts to replicate from where the slot's owner confirmed last.
    ///
    /// - Throws: `PostgresError`; SQLSTATE 55006 where another process uses the slot.
    package static func start(
        _ configuration: PostgresConfiguration, slot: String, publication: String, logger: Logger
    ) async throws(PostgresError) -> ReplicationConnection {
        var configuration = configuration
        configuration.isReplication = true
        let connection = ReplicationConnection(configuration, logger: logger)
        try await connection.open(slot: slot, publication: publication)
        return connection
    }

    /// Makes a slot and lends a snapshot of the database as of the position at which the slot begins.
    ///
    /// - Parameter body: gets the position (`0/16B3748`) and the snapshot's name, which other connections can set for as
    ///   long as `body` runs.
    /// - Throws: `PostgresError`, and what `body` throws; the slot stays then.
    package static func makeSlot(
        _ name: String, _ configuration: PostgresConfiguration, logger: Logger,
        lendingSnapshot body: (_ position: String, _ snapshot: String) async throws -> Void
    ) async throws {
        var configuration = configuration
        configuration.isReplication = true
        let connection = ReplicationConnection(configuration, logger: logger)
        let (position, snapshot) = try await connection.makeSlot(name)
        do {
            try await body(position, snapshot)
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }

    private func makeSlot(_ name: String) async throws -> (position: String, snapshot: String) {
        let handle = try ConnectionHandle(configuration: configuration, logger: logger)
        let canceller = handle.canceller
        // It waits for every transaction that has written and goes on, however long.
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try makeSlot(name, handle)
        } onCancel: {
            canceller.cancel()
        }
    }

    private func makeSlot(
        _ name: String, _ handle: ConnectionHandle
    ) throws(PostgresError) -> (position: String, snapshot: String) {
        // Standbys get it too, where they can.
        let failover = handle.serverVersion >= 170_000 ? ", FAILOVER true" : ""
        let row = try handle.firstRow(
            of:
                "CREATE_REPLICATION_SLOT \(PostgresIdentifier.quoted(name)) LOGICAL pgoutput (SNAPSHOT 'export'\(failover))"
        )
        guard row.count >= 3, let position = row[1], let snapshot = row[2] else {
            throw PostgresError(kind: .other, serverMessage: "the new slot came without a snapshot")
        }
        self.handle = handle
        return (position, snapshot)
    }

    private func open(slot: String, publication: String) throws(PostgresError) {
        let handle = try ConnectionHandle(configuration: configuration, logger: logger)
        try handle.execute("SET TimeZone = 'UTC'")
        try handle.startCopy(
            "START_REPLICATION SLOT \(PostgresIdentifier.quoted(slot)) LOGICAL 0/0 (proto_version '1', publication_names "
                + "'\(PostgresIdentifier.quoted(publication).replacing("'", with: "''"))')")
        self.handle = handle
    }

    /// Closes the connection, if there is one; the slot stays where it is.
    package func close() {
        handle = nil
    }

    /// Waits for something to arrive and returns all that is there.
    ///
    /// - Parameters:
    ///   - maximum: frames, at most.
    ///   - maximumBytes: no further frame is received once there are as many.
    ///   - milliseconds: how long to wait; then nothing is returned.
    /// - Throws: `PostgresError`, where the connection is lost or the server ends the replication.
    package func receive(
        maximum: Int, maximumBytes: Int, waiting milliseconds: Int32
    ) throws(PostgresError) -> [Frame] {
        guard let handle else {
            throw PostgresError(kind: .connection, serverMessage: "the replication connection is closed")
        }
        var frames: [Frame] = []
        var size = 0
        while frames.count < maximum, size < maximumBytes {
            guard let bytes = try handle.readCopy() else {
                // libpq takes in a part of what the socket has at a time.
                guard handle.waitReadable(milliseconds: frames.isEmpty ? milliseconds : 0) else { break }
                try handle.consumeInput()
                continue
            }
            size += bytes.count
            if let frame = Frame(bytes) { frames.append(frame) }
        }
        return frames
    }

    /// Tells the server that everything before a position is safe, so that it need not keep it.
    package func confirm(_ position: UInt64) throws(PostgresError) {
        var message: [UInt8] = [UInt8(ascii: "r")]
        // Written, flushed, applied; the time; no reply wanted.
        for value in [position, position, position, 0] as [UInt64] { message += PostgresValue.bigEndian(value) }
        message.append(0)
        try handle?.writeCopy(message)
    }
}

extension ReplicationConnection.Frame {
    /// `XLogData` or a primary keepalive message; `nil` for anything else.
    fileprivate init?(_ bytes: [UInt8]) {
        func integer(_ position: Int) -> UInt64 {
            bytes[position..<position + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        switch bytes.first {
        case UInt8(ascii: "w") where bytes.count >= 25: self = .data(Array(bytes[25...]))
        case UInt8(ascii: "k") where bytes.count >= 18: self = .keepalive(end: integer(1), wantsReply: bytes[17] != 0)
        default: return nil
        }
    }
}
