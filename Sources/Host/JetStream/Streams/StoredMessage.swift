// A message as a stream has it.
import FoundationEssentials
import JSON

/// A message read from a stream, without a consumer.
package struct StoredMessage: Sendable, Hashable {
    package let subject: String
    package let sequence: UInt64
    /// When it was stored, RFC 3339 in UTC.
    package let storedAt: String
    /// As they were published.
    package let headers: NATSHeaders
    package let payload: [UInt8]

    /// What a direct get adds to the message's own headers (ADR-31).
    private static let added: Set<String> = [
        "Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Time-Stamp", "Nats-Num-Pending", "Nats-Last-Sequence",
    ]

    /// From an answer to a direct get; `nil` if it is not a message.
    init?(direct message: NATSMessage) {
        guard let subject = message.headers["Nats-Subject"],
            let sequence = message.headers["Nats-Sequence"].flatMap({ UInt64($0) })
        else { return nil }
        self.subject = subject
        self.sequence = sequence
        storedAt = message.headers["Nats-Time-Stamp"] ?? ""
        var own = NATSHeaders()
        for field in message.headers.fields where !Self.added.contains(field.name) {
            own.append(field.name, field.value)
        }
        headers = own
        payload = message.payload
    }

    /// From the member `message` of the leader's answer, with headers and payload in base64.
    init?(leader json: JSONValue) {
        guard let subject = json["subject"]?.string, let sequence = json["seq"]?.int64 else { return nil }
        self.subject = subject
        self.sequence = UInt64(sequence)
        storedAt = json["time"]?.string ?? ""
        headers = NATSHeaders(block: Self.bytes(json["hdrs"]))
        payload = Self.bytes(json["data"])
    }

    private static func bytes(_ json: JSONValue?) -> [UInt8] {
        json?.string.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) } ?? []
    }
}

extension NATSHeaders {
    /// From a header block as it is on the wire: `NATS/1.0`, then a line for each field.
    init(block: [UInt8]) {
        self.init()
        for line in block.split(separator: UInt8(ascii: "\n")).dropFirst() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\r") || byte == 9 }
            var value = line[line.index(after: colon)...].drop(while: isBlank)
            while let last = value.last, isBlank(last) { value.removeLast() }
            append(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }
}
