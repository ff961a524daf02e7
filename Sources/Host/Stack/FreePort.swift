// Ports that nobody listens on.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Looks for TCP ports on the loopback interface.
package enum FreePort {
    /// A port that was free a moment ago, chosen by the kernel.
    package static func any() throws(StackError) -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw StackError("no socket can be made: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard bind(descriptor, port: 0) else { throw StackError("no free port was found on 127.0.0.1") }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { throw StackError("no free port was found on 127.0.0.1") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Whether nobody listens on a port.
    package static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        return bind(descriptor, port: port)
    }

    private static func bind(_ descriptor: Int32, port: Int) -> Bool {
        var address = LoopbackSocket.address(port: port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        } == 0
    }
}
