// What tells one request from another under the same idempotency key.
internal import Crypto
import Encodings

/// SHA-256 of a request: method, path and body.
package struct Fingerprint: Hashable, Sendable {
    private let digest: InlineDigest

    /// 32 bytes.
    package var bytes: [UInt8] { withBytes { Array($0) } }

    package init(method: String, path: String, body: [UInt8]) {
        var hash = SHA256()
        // A method contains no line feed and hardly ever a path: the three parts can't run into each other.
        let length = path.utf8.contains(UInt8(ascii: "\n")) ? "\(path.utf8.count)\n" : ""
        var head = "\(method)\n\(length)\(path)\n"
        head.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        body.withUnsafeBytes { hash.update(bufferPointer: $0) }
        digest = hash.finalize().withUnsafeBytes(InlineDigest.init)
    }

    /// From 32 bytes; `nil` for any other count.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        digest = bytes.withUnsafeBytes(InlineDigest.init)
    }

    /// Lends the 32 bytes, without a copy on the heap.
    package func withBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        withUnsafeBytes(of: digest, body)
    }

    /// The bytes in order, in place.
    private struct InlineDigest: Hashable, Sendable {
        private let words: (UInt64, UInt64, UInt64, UInt64)

        /// - Parameter bytes: 32.
        init(_ bytes: UnsafeRawBufferPointer) {
            words = (
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
            )
        }

        /// - Parameter digits: 64; `nil` for anything else.
        init?(hexadecimal digits: UnsafeBufferPointer<UInt8>) {
            guard digits.count == 64 else { return nil }
            var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
            let isValid = withUnsafeMutableBytes(of: &words) { bytes in
                for position in 0..<32 {
                    guard let high = Hexadecimal.value(digits[2 * position]),
                        let low = Hexadecimal.value(digits[2 * position + 1])
                    else { return false }
                    bytes[position] = high << 4 | low
                }
                return true
            }
            guard isValid else { return nil }
            self.words = words
        }

        static func == (left: Self, right: Self) -> Bool { left.words == right.words }

        func hash(into hasher: inout Hasher) {
            // It is a hash itself; a part of it is enough.
            hasher.combine(words.0)
        }
    }

    /// From 64 hexadecimal digits; `nil` for anything else.
    package init?(hexadecimal text: String) {
        var text = text
        guard let digest = text.withUTF8({ InlineDigest(hexadecimal: $0) }) else { return nil }
        self.digest = digest
    }

    /// 64 lower-case hexadecimal digits, as in the `Jspg-Fingerprint` header.
    package var hexadecimal: String { withBytes { Self.hexadecimal($0) } }

    /// The first 64 bits as 16 digits, as in the `fp` of a status URL: enough to notice a key used again.
    package var short: String { withBytes { Self.hexadecimal(UnsafeRawBufferPointer(rebasing: $0[..<8])) } }

    private static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for position in 0..<bytes.count {
                buffer[position * 2] = Hexadecimal.digit(bytes[position] >> 4)
                buffer[position * 2 + 1] = Hexadecimal.digit(bytes[position] & 0xF)
            }
            return bytes.count * 2
        }
    }
}
