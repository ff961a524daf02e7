// Ports that nobody listens on.
import Glibc
import Synchronization

/// Looks for TCP ports on the loopback interface.
package enum FreePort {
    /// Below the ports that Linux gives to outgoing connections (ip_local_port_range, 32768 and above, ip(7)): one of
    /// those could be taken while a server restarts.
    private static let candidates = 15_000..<32_000

    /// What this process was given: who was may not listen yet.
    private static let given = Mutex<Set<Int>>([])

    /// A port that was free a moment ago, another one each time.
    package static func any() throws(StackError) -> Int {
        for _ in 0..<1_000 {
            let port = Int.random(in: candidates)
            if isFree(port), given.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw StackError(
            "no free port was found on 127.0.0.1 from \(candidates.lowerBound) to \(candidates.upperBound - 1)")
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
