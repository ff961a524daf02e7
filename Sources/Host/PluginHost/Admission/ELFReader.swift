// Numbers out of an ELF file's bytes, never beyond their end.

/// Reads little-endian numbers and strings at offsets. Every read is checked; `nil` is beyond the end.
struct ELFReader {
    let bytes: [UInt8]

    func unsigned16(_ offset: Int) -> Int? { number(offset, 2) }
    func unsigned32(_ offset: Int) -> Int? { number(offset, 4) }

    /// `nil` also where the number is beyond every offset, size and address, so that sums of some of them don't overflow.
    func unsigned64(_ offset: Int) -> Int? { number(offset, 8).flatMap { $0 < 1 << 56 ? $0 : nil } }

    private func number(_ offset: Int, _ count: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - count else { return nil }
        var value: UInt64 = 0
        for position in (0..<count).reversed() { value = value << 8 | UInt64(bytes[offset + position]) }
        return Int(exactly: value)
    }

    /// The NUL-terminated string at an offset, at most 4,096 bytes long.
    func string(_ offset: Int) -> String? {
        guard offset >= 0, offset < bytes.count else { return nil }
        let rest = bytes[offset..<min(bytes.count, offset + 4_096)]
        guard let end = rest.firstIndex(of: 0) else { return nil }
        return String(decoding: rest[..<end], as: UTF8.self)
    }
}
