// What tells one request from another under the same idempotency key.
internal import Crypto

/// SHA-256 of a request: method, path and body.
package struct Fingerprint: Hashable, Sendable {
    /// 32 bytes.
    package let bytes: [UInt8]

    package init(method: String, path: String, body: some Sequence<UInt8>) {
        var hash = SHA256()
        // Neither a method nor a path contains a line feed, so the three parts can't run into each other.
        hash.update(data: Array("\(method)\n\(path)\n".utf8))
        hash.update(data: Array(body))
        bytes = Array(hash.finalize())
    }

    /// From 32 bytes; `nil` for any other count.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// From 64 hexadecimal digits; `nil` for anything else.
    package init?(hexadecimal text: String) {
        guard text.utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var upper: UInt8?
        for unit in text.utf8 {
            guard let digit = OperationID.hexadecimalDigit(unit).map(UInt8.init) else { return nil }
            if let high = upper {
                bytes.append(high << 4 | digit)
                upper = nil
            } else {
                upper = digit
            }
        }
        self.bytes = bytes
    }

    /// 64 lower-case hexadecimal digits, as in the `Jspg-Fingerprint` header.
    package var hexadecimal: String { Self.hexadecimal(bytes[...]) }

    /// The first 64 bits as 16 digits, as in the `fp` of a status URL: enough to notice a key used again.
    package var short: String { Self.hexadecimal(bytes[..<8]) }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for (position, byte) in bytes.enumerated() {
                buffer[position * 2] = digits[Int(byte >> 4)]
                buffer[position * 2 + 1] = digits[Int(byte & 0xF)]
            }
            return bytes.count * 2
        }
    }
}
