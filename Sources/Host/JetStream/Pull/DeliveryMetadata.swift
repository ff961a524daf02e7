// What the reply subject of a delivered message tells.

/// The numbers that JetStream puts into `$JS.ACK.…`:
/// `$JS.ACK.{stream}.{consumer}.{deliveries}.{stream seq}.{consumer seq}.{time}.{pending}`, or with a domain and an
/// account hash after `ACK` and perhaps more tokens at the end (ADR-15).
package struct DeliveryMetadata: Sendable, Hashable {
    /// 1 for the first delivery of this message.
    package let deliveries: UInt64
    package let streamSequence: UInt64
    /// Counts the consumer's deliveries: one that does not follow the one before means that somebody else had some.
    package let consumerSequence: UInt64
    /// When the message was stored, nanoseconds since 1970.
    package let storedAt: Int64
    /// How many messages the consumer has still to deliver after this one.
    package let pending: UInt64

    /// `nil` if this is not the reply subject of a delivery.
    package init?(replySubject: String) {
        var replySubject = replySubject
        guard let parsed = replySubject.withUTF8({ Self($0) }) else { return nil }
        self = parsed
    }

    private init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.starts(with: "$JS.ACK.".utf8) else { return nil }
        let dots = text.reduce(into: 0) { count, byte in if byte == Self.dot { count += 1 } }
        // After `$JS.ACK`, the stream and the consumer; or after those, the domain and the account too.
        var toSkip: Int
        switch dots {
        case 8: toSkip = 4
        case 10...: toSkip = 6
        default: return nil
        }
        var position = 0
        while toSkip > 0 {
            if text[position] == Self.dot { toSkip -= 1 }
            position += 1
        }
        guard let deliveries = Self.number(text, &position), let streamSequence = Self.number(text, &position),
            let consumerSequence = Self.number(text, &position),
            let storedAt = Self.number(text, &position).flatMap({ Int64(exactly: $0) }),
            let pending = Self.number(text, &position)
        else { return nil }
        self.deliveries = deliveries
        self.streamSequence = streamSequence
        self.consumerSequence = consumerSequence
        self.storedAt = storedAt
        self.pending = pending
    }

    private static let dot = UInt8(ascii: ".")

    /// The number up to the next dot, which is passed; `nil` where it is none.
    private static func number(_ text: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> UInt64? {
        let start = position
        var value: UInt64 = 0
        while position < text.count, text[position] != dot {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeNow) = product.addingReportingOverflow(UInt64(text[position] - UInt8(ascii: "0")))
            if isTooLarge || isTooLargeNow { return nil }
            value = sum
            position += 1
        }
        guard position > start else { return nil }
        position += 1
        return value
    }
}
