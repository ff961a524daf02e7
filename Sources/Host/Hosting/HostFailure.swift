// Why a host can't run.
import Glibc

/// A failure that ends a host. The description is the one sentence that it logs before it exits 1.
package struct HostFailure: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ sentence: String) {
        description = sentence
    }

    /// Why a server can't listen.
    ///
    /// - Parameter errorCode: `errno` of bind(2) or listen(2).
    package init(binding host: String, port: Int, errorCode: Int32) {
        let place = "\(host):\(port)"
        description =
            switch errorCode {
            case EADDRINUSE:
                "Port \(port) on \(host) is in use by another process. Stop that one, "
                    + "or set PORT to a free port."
            case EACCES:
                "Not allowed to listen on \(place). Ports below 1024 need a privilege: set PORT to a higher one."
            case EADDRNOTAVAIL:
                "This machine has no address \(host). Set HOST to one that it has, or to 0.0.0.0."
            default:
                "Listening on \(place) failed: \(String(cString: strerror(errorCode)))."
            }
    }
}
