// The smallest client that can tell whether a server is there.
import Glibc
import Threads

/// Connections to 127.0.0.1, with a time limit, on a thread that may block.
enum LoopbackSocket {
    private static let thread = ThreadExecutor(name: "ready-probe")

    /// Whether somebody accepts a connection.
    static func accepts(port: Int) async -> Bool {
        (try? await thread.run { acceptsBlocking(port: port) }) ?? false
    }

    /// The status of `GET path`; `nil` where there is no answer within 2 s.
    static func httpStatus(port: Int, path: String) async -> Int? {
        (try? await thread.run { httpStatusBlocking(port: port, path: path) }) ?? nil
    }

    static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port).bigEndian)
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        return address
    }

    private static func acceptsBlocking(port: Int) -> Bool {
        guard let descriptor = connect(port: port) else { return false }
        close(descriptor)
        return true
    }

    private static func httpStatusBlocking(port: Int, path: String) -> Int? {
        guard let descriptor = connect(port: port) else { return nil }
        defer { close(descriptor) }
        var request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        let count = request.utf8.count
        guard request.withUTF8({ write(descriptor, $0.baseAddress, $0.count) }) == count else { return nil }
        var buffer = [UInt8](repeating: 0, count: 64)
        let received = read(descriptor, &buffer, buffer.count)
        guard received > 12 else { return nil }
        // "HTTP/1.1 200 OK"
        return Int(String(decoding: buffer[9..<12], as: UTF8.self))
    }

    private static func connect(port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = address(port: port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
