// What the reply subject of a delivered message tells.

/// The numbers that JetStream puts into `$JS.ACK.…`:
/// `$JS.ACK.{stream}.{consumer}.{deliveries}.{stream seq}.{consumer seq}.{time}.{pending}`, or with a domain and an
/// account hash after `ACK` and perhaps more tokens at the end (ADR-15).
package struct DeliveryMetadata: Sendable, Hashable {
    package let stream: String
    package let consumer: String
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
        guard let parsed = replySubject.withUTF8({ Self.parse($0) }) else { return nil }
        self = parsed
    }

    private init?(_ text: UnsafeBufferPointer<UInt8>, tokens: [Range<Int>], first: Int) {
        func number(_ index: Int) -> UInt64? {
            guard !tokens[first + index].isEmpty else { return nil }
            var value: UInt64 = 0
            for byte in text[tokens[first + index]] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
                let (sum, isTooLargeNow) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
                if isTooLarge || isTooLargeNow { return nil }
                value = sum
            }
            return value
        }
        guard let deliveries = number(2), let streamSequence = number(3), let consumerSequence = number(4),
            let storedAt = number(5).flatMap({ Int64(exactly: $0) }), let pending = number(6)
        else { return nil }
        stream = String(decoding: text[tokens[first]], as: UTF8.self)
        consumer = String(decoding: text[tokens[first + 1]], as: UTF8.self)
        self.deliveries = deliveries
        self.streamSequence = streamSequence
        self.consumerSequence = consumerSequence
        self.storedAt = storedAt
        self.pending = pending
    }

    private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> DeliveryMetadata? {
        guard text.starts(with: "$JS.ACK.".utf8) else { return nil }
        var tokens: [Range<Int>] = []
        tokens.reserveCapacity(12)
        var start = 0
        for (index, byte) in text.enumerated() where byte == UInt8(ascii: ".") {
            tokens.append(start..<index)
            start = index + 1
        }
        tokens.append(start..<text.count)
        switch tokens.count {
        case 9: return DeliveryMetadata(text, tokens: tokens, first: 2)
        case 11...: return DeliveryMetadata(text, tokens: tokens, first: 4)
        default: return nil
        }
    }
}
