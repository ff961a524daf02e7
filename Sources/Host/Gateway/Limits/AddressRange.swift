// Ranges of IP addresses: pure.
import Glibc

/// A range in CIDR notation (RFC 4632, RFC 4291): `10.0.0.0/8`, `::1`.
package struct AddressRange: Sendable, Equatable {
    private let bytes: [UInt8]
    private let bits: Int

    /// `nil` for a text that is none.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let bytes = parts.first.flatMap({ Self.bytes($0) }), parts.count <= 2 else { return nil }
        let bits = parts.count == 2 ? Int(parts[1]) : bytes.count * 8
        guard let bits, (0...bytes.count * 8).contains(bits) else { return nil }
        self.bytes = bytes
        self.bits = bits
    }

    /// False also for a text that is no address, and for one of the other IP version; an IPv4 address that is mapped into IPv6
    /// counts as IPv4.
    package func contains(_ address: String) -> Bool {
        guard let other = Self.bytes(address), other.count == bytes.count else { return false }
        for position in 0..<bits
        where bytes[position / 8] << (position % 8) & 0x80 != other[position / 8] << (position % 8) & 0x80 {
            return false
        }
        return true
    }

    /// What stands for one client: an IPv4 address, or the /64 of an IPv6 address, since whoever has one address of it has
    /// all of them (RFC 6177). `nil` for a text that is no address.
    package static func client(of address: String) -> String? {
        guard let bytes = bytes(address) else { return nil }
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 8, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":") + "::/64"
    }

    /// 4 or 16 bytes in network order; an IPv4 address in IPv6's form counts as what it is.
    private static func bytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
        var sixteen = in6_addr()
        guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: sixteen) { Array($0) }
        return bytes.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
            ? Array(bytes.suffix(4)) : bytes
    }
}
