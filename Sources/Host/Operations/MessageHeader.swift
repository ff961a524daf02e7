// The headers of messages in JetStream.

/// Headers of writes, of dead letters, which keep theirs, and of change events, which have an id alone.
package enum MessageHeader {
    /// JetStream stores one message of an id inside its duplicate window. A write's is its operation id.
    package static let messageID = "Nats-Msg-Id"
    /// SHA-256 of the request, 64 hexadecimal digits.
    package static let fingerprint = "Jspg-Fingerprint"
    /// W3C Trace Context.
    package static let traceparent = "traceparent"
    /// Of a dead letter: why it is there.
    package static let deadLetterReason = "Jspg-Dead-Letter-Reason"
    /// Of a dead letter: the subject it was stored on.
    package static let originalSubject = "Jspg-Original-Subject"
    /// Of a dead letter: the sequence it was stored under.
    package static let originalSequence = "Jspg-Original-Sequence"
    /// Of a dead letter: its `Nats-Msg-Id` before.
    package static let originalMessageID = "Jspg-Original-Message-Id"
    /// Of a dead letter whose payload did not fit beside these headers: how many bytes it had.
    package static let droppedPayload = "Jspg-Dropped-Payload"
}
