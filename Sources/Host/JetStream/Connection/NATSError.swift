// What can go wrong below JetStream: the connection and the request itself.

/// An error of a NATS connection. Its text names servers and subjects, never credentials or payloads.
package enum NATSError: Error, Sendable, Hashable {
    /// A URL or another setting can't be used; the text says which and why.
    case invalidConfiguration(String)
    /// No server could be reached before the deadline, or it refused this client.
    case cannotConnect(servers: String, reason: String)
    /// The connection was away: the message was certainly not sent.
    case notConnected
    /// The connection broke while an answer was awaited: whether the server took the message is unknown.
    case connectionLost
    /// No answer within the time allowed: whether the server took the message is unknown.
    case timeout(subject: String)
    /// Nobody listens on the subject (for a JetStream subject: no such stream, or JetStream is not ready).
    case noResponders(subject: String)
    /// The message is larger than the server's `max_payload`.
    case payloadTooLarge(bytes: Int)
    /// The connection was closed by this process: whether the server took the message is unknown.
    case closed
    /// The waiting task was cancelled: whether the server took the message is unknown.
    case cancelled
    /// Another failure that libnats reports, in its words.
    case library(String)
}

extension NATSError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidConfiguration(let reason): "the NATS settings can't be used: \(reason)"
        case .cannotConnect(let servers, let reason): "no connection to NATS at \(servers): \(reason)"
        case .notConnected: "not connected to NATS; nothing was sent"
        case .connectionLost: "the connection to NATS broke before the answer came"
        case .timeout(let subject): "no answer on \(subject) in time"
        case .noResponders(let subject): "nobody answers on \(subject)"
        case .payloadTooLarge(let bytes): "a message of \(bytes) bytes is larger than the server's max_payload"
        case .closed: "the connection to NATS is closed"
        case .cancelled: "the request to NATS was cancelled"
        case .library(let text): "libnats: \(text)"
        }
    }
}
