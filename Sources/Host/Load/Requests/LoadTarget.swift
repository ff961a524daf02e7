// Finding the server of a load.
import Glibc
import NIOCore
import NIOPosix

/// A server that answered a first connection, so that the many that follow need no look-up of its name.
enum LoadTarget {
    /// - Throws: `LoadError` where nothing takes the connection, with what to do.
    static func find(_ url: LoadURL, on group: any EventLoopGroup) async throws -> SocketAddress {
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: group).connectTimeout(.seconds(5))
                .connect(host: url.host, port: url.port).get()
        } catch {
            throw LoadError("nothing was answered: \(url.authority) can't be reached: \(reason(error))")
        }
        let address = channel.remoteAddress
        try await channel.close().get()
        guard let address else { throw LoadError("nothing was answered: \(url.authority) closed the connection") }
        return address
    }

    /// A failure to connect, for a person.
    static func reason(_ error: any Error) -> String {
        if let failure = error as? NIOConnectionError {
            if failure.connectionErrors.isEmpty { return "its name has no address; check the host" }
            return failure.connectionErrors.first.map { reason($0.error) } ?? "it has no address"
        }
        if let failure = error as? IOError {
            switch failure.errnoCode {
            case ECONNREFUSED:
                return "connection refused. Start the server there, or check host and port"
            case EMFILE: return "too many open files. Raise the limit (ulimit -n) or use fewer --connections"
            case EADDRNOTAVAIL: return "no local port is free. Use fewer --connections or wait for old ones to expire"
            default: return String(cString: strerror(failure.errnoCode))
            }
        }
        if case ChannelError.connectTimeout = error { return "no connection within 5 s" }
        return String(describing: error)
    }
}
