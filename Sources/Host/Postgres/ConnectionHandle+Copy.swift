// Copying in both directions, as replication does.
import CLibPQ
import Glibc

extension ConnectionHandle {
    /// Runs a command that begins to copy in both directions.
    func startCopy(_ command: String) throws(PostgresError) {
        guard let result = PQexec(connection, command) else { throw lostConnection() }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COPY_BOTH else { throw error(of: result) }
    }

    /// - Returns: the next message; `nil` where none is there yet.
    /// - Throws: where the server has ended the copy.
    func readCopy() throws(PostgresError) -> [UInt8]? {
        var buffer: UnsafeMutablePointer<CChar>?
        let length = PQgetCopyData(connection, &buffer, 1)
        defer { if let buffer { PQfreemem(buffer) } }
        if length == 0 { return nil }
        guard length > 0, let buffer else {
            guard let result = PQgetResult(connection) else { throw lostConnection() }
            defer { PQclear(result) }
            throw PQresultStatus(result) == PGRES_FATAL_ERROR ? error(of: result) : lostConnection()
        }
        return buffer.withMemoryRebound(to: UInt8.self, capacity: Int(length)) {
            Array(UnsafeBufferPointer(start: $0, count: Int(length)))
        }
    }

    func writeCopy(_ bytes: [UInt8]) throws(PostgresError) {
        let result = bytes.withUnsafeBytes { bytes in
            PQputCopyData(connection, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        guard result == 1, PQflush(connection) == 0 else { throw lostConnection() }
    }

    /// Waits until the socket has something to read, or the time is over.
    func waitReadable(milliseconds: Int32) -> Bool {
        var poller = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, milliseconds) > 0
    }

    func consumeInput() throws(PostgresError) {
        guard PQconsumeInput(connection) == 1 else { throw lostConnection() }
    }
}
