// The lines of a request's head.
import Glibc

/// Splits bytes at CRLF (RFC 9112, 2.2). A lone LF or CR, which some take for the end of a line and some do not, is
/// malformed.
struct HeaderLines {
    enum Line: Equatable {
        /// Its end has not come.
        case none
        case malformed
        /// Without CRLF.
        case line(Range<Int>)
    }

    private let bytes: UnsafeRawBufferPointer
    /// Where the next line begins.
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func next() -> Line {
        guard position < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + position, 0x0A, bytes.count - position)
        else { return .none }
        let end = UnsafeRawPointer(found) - base
        let start = position
        guard end > start, bytes[end - 1] == 0x0D else { return .malformed }
        position = end + 1
        let line = start..<(end - 1)
        return line.isEmpty || memchr(base + start, 0x0D, line.count) == nil ? .line(line) : .malformed
    }
}
