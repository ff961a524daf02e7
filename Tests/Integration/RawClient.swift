// A client that does with a connection what no library does.
import Foundation
import Glibc
import Stack

/// One TCP connection, on a thread of its own.
enum RawClient {
    /// What came back, until the server closed the connection or said nothing for two seconds.
    struct Result: Sendable {
        var bytes: [UInt8] = []
        var isClosed = false
        /// From the first byte that was sent to the last that came, or to the close.
        var duration = Duration.zero

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// Sends `text` to the host and port of `url`.
    ///
    /// - Parameters:
    ///   - receiveBuffer: the socket's, in bytes; with a small one the server has to keep what the client does not read.
    ///   - silence: how long nothing is read at first.
    ///   - pause: before each further read of at most 64 KB.
    static func exchange(
        _ url: String, _ text: String, receiveBuffer: Int32? = nil, silence: Duration = .zero, pause: Duration = .zero
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread {
                continuation.resume(with: Swift.Result { try run(url, text, receiveBuffer, silence, pause) })
            }.start()
        }
    }

    private static func run(
        _ url: String, _ text: String, _ receiveBuffer: Int32?, _ silence: Duration, _ pause: Duration
    ) throws -> Result {
        let port = url.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var timeout = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw StackError("\(url) can't be reached") }
        let start = ContinuousClock.now
        _ = Array(text.utf8).withUnsafeBytes {
            send(descriptor, $0.baseAddress, $0.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
        }
        Thread.sleep(forTimeInterval: silence / .seconds(1))
        var result = Result()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if pause > .zero { Thread.sleep(forTimeInterval: pause / .seconds(1)) }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { result.bytes += buffer[..<count] }
            if count < 0 && errno == EAGAIN { return result }
            result.duration = ContinuousClock.now - start
            if count <= 0 {
                result.isClosed = true
                return result
            }
        }
    }
}
