// What can go wrong with JetStream, and what a caller does about each.
import JSON

/// An error of JetStream or of the connection to it. Its text holds names and numbers, never payloads or credentials.
package struct JetStreamError: Error, Sendable, Hashable {
    /// What callers tell apart.
    package enum Kind: String, Sendable {
        /// The stream is at its limit and discards new messages. Nothing was stored.
        case streamFull = "stream_full"
        /// The server or the account has no room. Nothing was stored.
        case resourcesExceeded = "resources_exceeded"
        /// Nobody answers: no such stream or consumer, or JetStream is not ready. Nothing was stored.
        case noResponders = "no_responders"
        /// JetStream says that it can't serve at the moment, as during an election. Nothing was stored.
        case unavailable
        /// The connection was away before anything was sent.
        case notConnected = "not_connected"
        /// The connection broke before the answer came: the outcome is unknown.
        case connectionLost = "connection_lost"
        /// No answer in time: the outcome is unknown.
        case timeout
        /// The waiting task was cancelled: the outcome is unknown.
        case cancelled
        /// The connection or the subscription was closed by this process: the outcome is unknown.
        case closed
        /// The message is larger than the server or the stream takes.
        case messageTooLarge = "message_too_large"
        /// The stream, consumer or message doesn't exist.
        case notFound = "not_found"
        /// The sequence that the message expected is not the current one: somebody else was first.
        case wrongLastSequence = "wrong_last_sequence"
        /// A message of the batch has an id that the stream has already seen; none of it was stored (10201).
        case duplicateInBatch = "duplicate_in_batch"
        /// The batch can't be taken as a batch; none of it was stored.
        case batchRejected = "batch_rejected"
        /// The server, or a stream or consumer that exists already, doesn't fit. The text names each difference.
        case cannotServe = "cannot_serve"
        /// The answer is not what JetStream sends.
        case unexpectedAnswer = "unexpected_answer"
        /// Another refusal, in the server's words.
        case refused
    }

    package let kind: Kind
    /// JetStream's own number for the reason (`err_code`), where it gave one.
    package let serverCode: Int?
    package let message: String

    package init(_ kind: Kind, _ message: String, serverCode: Int? = nil) {
        self.kind = kind
        self.serverCode = serverCode
        self.message = message
    }

    /// Whether what was asked for may have taken effect.
    package var isOutcomeUnknown: Bool {
        switch kind {
        case .connectionLost, .timeout, .cancelled, .closed, .unexpectedAnswer: true
        default: false
        }
    }
}

extension JetStreamError: CustomStringConvertible {
    package var description: String {
        guard let serverCode else { return message }
        return "\(message) (JetStream error \(serverCode))"
    }
}

extension JetStreamError {
    init(_ error: NATSError) {
        let kind: Kind =
            switch error {
            case .notConnected, .cannotConnect: .notConnected
            case .connectionLost: .connectionLost
            case .timeout: .timeout
            case .noResponders: .noResponders
            case .payloadTooLarge: .messageTooLarge
            case .closed: .closed
            case .cancelled: .cancelled
            case .library, .invalidConfiguration: .refused
            }
        self.init(kind, error.description)
    }

    /// From the member `error` of an answer: `{"code": HTTP-like, "err_code": number, "description": text}`.
    /// Numbers: nats-server, server/errors.json.
    init(answer error: JSONValue) {
        let code = error["err_code"]?.int64.map { Int($0) } ?? 0
        let text = error["description"]?.string ?? "no description"
        let kind: Kind =
            switch code {
            case 10077 where text.hasPrefix("maximum "): .streamFull
            case 10002, 10023, 10028, 10047: .resourcesExceeded
            case 10005, 10008, 10009, 10035, 10039, 10076: .unavailable
            case 10014, 10037, 10043, 10059: .notFound
            case 10054, 10097: .messageTooLarge
            case 10071, 10164: .wrongLastSequence
            case 10174...10177, 10179, 10199, 10200, 10210: .batchRejected
            case 10201: .duplicateInBatch
            default: error["code"]?.int64 == 503 ? .unavailable : .refused
            }
        self.init(kind, text, serverCode: code)
    }
}
