// libnats' status codes as errors.
import CNATS

extension NATSError {
    /// libnats' own short text for a status. Its longer texts may quote a URL and so are never used.
    init(_ status: natsStatus) {
        self = .library(natsStatus_GetText(status).map { String(cString: $0) } ?? "status \(status.rawValue)")
    }
}

/// Turns a status into an error.
func check(_ status: natsStatus) throws(NATSError) {
    switch status {
    case NATS_OK: return
    case NATS_CONNECTION_CLOSED, NATS_DRAINING: throw .closed
    default: throw NATSError(status)
    }
}
