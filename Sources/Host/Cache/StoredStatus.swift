// A status as it lies in Redis, answered without reading it as JSON.
import Operations

/// The bytes of `OperationStatus.encoded()`, whose last member is the request's fingerprint.
package struct StoredStatus: Sendable {
    private let bytes: [UInt8]

    private static let member = Array(",\"fingerprint\":\"".utf8)
    private static let end = Array("\"}".utf8)
    private static let digits = 64

    /// `nil` where the bytes do not end with a fingerprint: read them as JSON then.
    init?(_ bytes: [UInt8]) {
        let tail = bytes.suffix(Self.member.count + Self.digits + Self.end.count)
        guard tail.count == Self.member.count + Self.digits + Self.end.count, tail.starts(with: Self.member),
            tail.suffix(Self.end.count).elementsEqual(Self.end),
            tail.dropFirst(Self.member.count).prefix(Self.digits).allSatisfy(Self.isDigit)
        else { return nil }
        self.bytes = bytes
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    /// `OperationStatus.responseBody` for the one who asked.
    ///
    /// - Parameter short: the first 16 digits of the fingerprint of the request that the client made, if it knows.
    /// - Returns: `nil` where the operation was another request's: see `OperationStatus.seen(byRequest:)`.
    package func responseBody(seenByRequest short: String?) -> [UInt8]? {
        let start = bytes.count - Self.end.count - Self.digits
        if let short,
            short.utf8.count > Self.digits || !bytes[start..<(start + short.utf8.count)].elementsEqual(short.utf8)
        {
            return nil
        }
        var body = bytes
        body.removeSubrange((start - Self.member.count)..<(bytes.count - 1))
        return body
    }
}
