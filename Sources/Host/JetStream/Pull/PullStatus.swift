// What a status message to a pull request means.

/// The answers to a pull request that are no messages (ADR-37, nats-server consumer.go).
enum PullStatus {
    /// Nothing to deliver at the moment.
    case heartbeat
    /// The request has ended as it should; ask again at once.
    case ended(remaining: Int?)
    /// The pin is somebody else's; ask again without.
    case wrongPin
    /// The server moves or stops; all requests are gone, ask again in a moment.
    case moved
    /// Nobody answers: no such consumer, or JetStream isn't ready.
    case noResponders
    /// Asking again won't help.
    case refused(JetStreamError)

    init(_ message: NATSMessage) {
        let text = message.statusDescription
        let remaining = message.headers["Nats-Pending-Messages"].flatMap { Int($0) }
        switch message.status ?? 0 {
        case 100: self = .heartbeat
        case 404, 408: self = .ended(remaining: remaining)
        case 409 where text == "Consumer Deleted":
            self = .refused(JetStreamError(.notFound, "the consumer was deleted"))
        case 409 where text == "Leadership Change" || text == "Server Shutdown": self = .moved
        case 409 where text.hasPrefix("Exceeded Max") || text == "Consumer is push based":
            self = .refused(JetStreamError(.cannotServe, "the consumer refuses to be asked: \(text)"))
        case 409: self = .ended(remaining: remaining)
        case 423: self = .wrongPin
        case 503: self = .noResponders
        default:
            self = .refused(
                JetStreamError(.refused, "the consumer answered \(message.status ?? 0) \(text)"))
        }
    }
}
