// The identity of one operation: a UUID.
internal import Crypto
import Encodings

/// A UUID (RFC 9562) that names one operation everywhere: in `Nats-Msg-Id`, `write_operations` and `/status/{id}`.
package struct OperationID: Hashable, Sendable {
    /// The upper and the lower 64 bits, big endian as in the text form.
    private let high: UInt64
    private let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// From 16 bytes in network order; `nil` for any other count.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        for (position, byte) in bytes.enumerated() {
            if position < 8 {
                halves.0 = halves.0 << 8 | UInt64(byte)
            } else {
                halves.1 = halves.1 << 8 | UInt64(byte)
            }
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// From the text form `8-4-4-4-12` in either case; `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        let read = text.utf8.withContiguousStorageIfAvailable { Self.read($0) }
        guard let halves = read ?? Array(text.utf8).withUnsafeBufferPointer(Self.read) else { return nil }
        self.init(high: halves.0, low: halves.1)
    }

    private static func read(_ text: UnsafeBufferPointer<UInt8>) -> (UInt64, UInt64)? {
        guard text.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        for position in 0..<36 {
            let unit = text[position]
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard unit == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Hexadecimal.value(unit) else { return nil }
            // 16 digits and two hyphens make the first half.
            if position < 18 {
                halves.0 = halves.0 << 4 | UInt64(digit)
            } else {
                halves.1 = halves.1 << 4 | UInt64(digit)
            }
        }
        return halves
    }

    /// The version 5 UUID of a name in this project's namespace: the same parts give the same id on every host.
    ///
    /// Parts are joined with a NUL, which none of them contains, so different parts never give the same name.
    package static func derived(from parts: String...) -> OperationID {
        var name: [UInt8] = []
        name.reserveCapacity(parts.reduce(16) { $0 + $1.utf8.count + 1 })
        Self.namespace.withBytes { name.append(contentsOf: UnsafeBufferPointer(start: $0, count: 16)) }
        for (position, part) in parts.enumerated() {
            if position > 0 { name.append(0) }
            var part = part
            part.withUTF8 { name.append(contentsOf: $0) }
        }
        var hash = Insecure.SHA1()
        name.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash.finalize().withUnsafeBytes { digest in
            let high = UInt64(bigEndian: digest.loadUnaligned(as: UInt64.self))
            let low = UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return OperationID(high: high & ~0xF000 | 0x5000, low: low & ~(0b11 << 62) | 0b10 << 62)
        }
    }

    /// A random version 4 UUID.
    package static func random() -> OperationID {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next() & ~0xF000 | 0x4000
        let low = generator.next() & ~(0b11 << 62) | 0b10 << 62
        return OperationID(high: high, low: low)
    }

    /// 16 bytes in network order.
    package var bytes: [UInt8] {
        (0..<16).map { position in
            let half = position < 8 ? high : low
            return UInt8(truncatingIfNeeded: half >> UInt64(56 - position % 8 * 8))
        }
    }

    /// Lends the 16 bytes in network order, without a copy on the heap.
    package func withBytes<Value>(_ body: (UnsafePointer<UInt8>) -> Value) -> Value {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes in
            // 16 bytes of a tuple: there is a base address.
            bytes.withMemoryRebound(to: UInt8.self) { body($0.baseAddress.unsafelyUnwrapped) }
        }
    }

    /// Everything derived here lies in this namespace. It never changes: ids would change with it.
    private static let namespace = OperationID(high: 0x6d1f_6a1e_4c0b_5b7a, low: 0x9d43_0f6e_8a52_7c11)
}

extension OperationID: CustomStringConvertible {
    /// Lower case, with hyphens.
    package var description: String {
        withBytes { bytes in
            String(unsafeUninitializedCapacity: 36) { buffer in
                var position = 0
                for index in 0..<16 {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        buffer[position] = UInt8(ascii: "-")
                        position += 1
                    }
                    buffer[position] = Hexadecimal.digit(bytes[index] >> 4)
                    buffer[position + 1] = Hexadecimal.digit(bytes[index] & 0xF)
                    position += 2
                }
                return position
            }
        }
    }
}

extension OperationID: Comparable {
    /// By the bytes, as PostgreSQL sorts `uuid`.
    package static func < (left: OperationID, right: OperationID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
