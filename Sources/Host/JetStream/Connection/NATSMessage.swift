// One message, as received or to be sent.

/// A message with its own copy of everything: nothing in it belongs to libnats.
package struct NATSMessage: Sendable, Hashable {
    package var subject: String
    /// Where an answer goes, if one is expected.
    package var reply: String?
    package var headers: NATSHeaders
    package var payload: [UInt8]

    package init(subject: String, reply: String? = nil, headers: NATSHeaders = NATSHeaders(), payload: [UInt8] = []) {
        self.subject = subject
        self.reply = reply
        self.headers = headers
        self.payload = payload
    }

    /// The code of a status line (`NATS/1.0 503 …`), which libnats hands over as a header `Status`. A stored message
    /// may carry a header of that name too, so ask for this only where a status can come.
    package var status: Int? { headers["Status"].flatMap { Int($0) } }

    /// The words of a status line.
    package var statusDescription: String { headers["Description"] ?? "" }
}
