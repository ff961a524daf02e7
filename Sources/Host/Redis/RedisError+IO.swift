// What went wrong with a socket, in words.
import Glibc
internal import NIOCore
internal import NIOPosix

extension RedisError {
    /// Without names of types, and without what only a debugger wants to know.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let failed = error.connectionErrors.first { return reason(failed.error) }
            return (error.dnsAError ?? error.dnsAAAAError) == nil
                ? "no address was found" : "the name \(error.host) was not found"
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: return "no answer in time"
        default: return "\(error)"
        }
    }
}
