// The C connection itself: made, closed and destroyed here.
import CNATS

/// Owns one `natsConnection`. Whoever may still call libnats with it holds this object.
final class NATSHandle: Sendable {
    /// Process-wide: how many threads of libnats deliver messages.
    private static let deliveryThreads: Int32 = 1
    private static let deliveryPool: Bool = nats_SetMessageDeliveryPoolSize(deliveryThreads) == NATS_OK

    // Unsafe: `natsConnection` is thread-safe (nats.h), and the pointer lives until `deinit`.
    nonisolated(unsafe) let connection: OpaquePointer

    private init(connection: OpaquePointer) {
        self.connection = connection
    }

    deinit {
        natsConnection_Destroy(connection)
    }

    /// Blocks for at most one attempt on each server. `monitor` hears of everything that happens afterwards.
    static func connect(_ configuration: NATSConfiguration, monitor: NATSConnectionMonitor) throws(NATSError)
        -> NATSHandle
    {
        _ = deliveryPool
        var options: OpaquePointer?
        defer { natsOptions_Destroy(options) }
        try check(natsOptions_Create(&options))
        guard let options else { throw .library("no memory for the options") }
        try configuration.apply(to: options)

        // Retained for libnats, which hands it to the callbacks; released when it says that the connection is closed,
        // the last callback of all, or here if there never was one.
        let closure = Unmanaged.passRetained(monitor)
        let pointer = closure.toOpaque()
        var connection: OpaquePointer?
        do throws(NATSError) {
            try setCallbacks(of: options, closure: pointer)
            try check(natsConnection_Connect(&connection, options))
        } catch {
            closure.release()
            throw error
        }
        guard let connection else { throw .library("no connection although connecting succeeded") }
        return NATSHandle(connection: connection)
    }

    /// Whether connecting again could not change the outcome: the server refused this client, or TLS can't be set up.
    static func isFinal(_ error: NATSError) -> Bool {
        if case .invalidConfiguration = error { return true }
        let statuses = [
            NATS_CONNECTION_AUTH_FAILED, NATS_NOT_PERMITTED, NATS_SSL_ERROR, NATS_SECURE_CONNECTION_WANTED,
            NATS_SECURE_CONNECTION_REQUIRED, NATS_INVALID_ARG,
        ]
        return statuses.contains { NATSError($0) == error }
    }

    /// Whether libnats has a working connection at this moment. May wait for a write that is under way.
    var isConnected: Bool { natsConnection_Status(connection) == NATS_CONN_STATUS_CONNECTED }

    /// Of the server that is connected, in bytes.
    var maximumPayload: Int { Int(natsConnection_GetMaxPayload(connection)) }

    /// Writes out what is buffered, at once, then waits for the server's PONG for up to `milliseconds`.
    ///
    /// libnats 3.4 has no other way to say «write now»: its own flusher waits 1 ms before each write. The wait for the
    /// PONG costs one round trip, in which the next messages gather.
    func flush(milliseconds: Int64) {
        _ = natsConnection_FlushTimeout(connection, milliseconds)
    }

    /// Begins to drain; the monitor hears of the end.
    ///
    /// - Returns: `false` if there is nothing to drain.
    func drain(milliseconds: Int64) -> Bool {
        natsConnection_DrainTimeout(connection, milliseconds) == NATS_OK
    }

    /// Flushes for up to half a second, then closes for good.
    func close() {
        natsConnection_Close(connection)
    }

    private static func setCallbacks(of options: OpaquePointer, closure: UnsafeMutableRawPointer) throws(NATSError) {
        try check(
            natsOptions_SetDisconnectedCB(
                options, { _, closure in NATSHandle.report(.disconnected, to: closure) }, closure))
        try check(
            natsOptions_SetReconnectedCB(
                options, { _, closure in NATSHandle.report(.connected, to: closure) }, closure))
        try check(
            natsOptions_SetClosedCB(
                options,
                { _, closure in
                    NATSHandle.report(.closed, to: closure)
                    if let closure { Unmanaged<NATSConnectionMonitor>.fromOpaque(closure).release() }
                }, closure))
        try check(
            natsOptions_SetErrorHandler(
                options,
                { _, _, status, closure in
                    guard let closure else { return }
                    Unmanaged<NATSConnectionMonitor>.fromOpaque(closure).takeUnretainedValue()
                        .reported(NATSError(status))
                }, closure))
    }

    private static func report(_ state: NATSConnectionState, to closure: UnsafeMutableRawPointer?) {
        guard let closure else { return }
        Unmanaged<NATSConnectionMonitor>.fromOpaque(closure).takeUnretainedValue().changed(to: state)
    }
}
