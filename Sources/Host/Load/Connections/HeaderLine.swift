// One line of an answer's head.
import Encodings

/// Where it lies in bytes that are given each time, without the end of its line and the spaces around it.
struct HeaderLine {
    private let start: Int
    private let end: Int

    /// - Parameter range: without the line feed; a carriage return at its end is not part of the line.
    init(_ range: Range<Int>, in all: Span<UInt8>) {
        var (start, end) = (range.lowerBound, range.upperBound)
        if end > start && all[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        while start < end && all[start] == UInt8(ascii: " ") { start += 1 }
        while start < end && all[end - 1] == UInt8(ascii: " ") { end -= 1 }
        self.start = start
        self.end = end
    }

    var isEmpty: Bool { start == end }

    /// The first character, in lower case; 0 where there is none.
    func first(in all: Span<UInt8>) -> UInt8 { isEmpty ? 0 : all[start] | 0x20 }

    func bytes(in all: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        for place in start..<end { bytes.append(all[place]) }
        return bytes
    }

    /// `HTTP/1.x NNN …`
    func statusLine(in all: Span<UInt8>) -> (minorVersion: Int, status: Int)? {
        guard end - start >= 12, hasPrefix("http/1.", in: all), all[start + 8] == UInt8(ascii: " ") else { return nil }
        var status = 0
        for place in start + 9..<start + 12 {
            guard let digit = Hexadecimal.value(all[place]), digit < 10 else { return nil }
            status = status * 10 + Int(digit)
        }
        guard status >= 100, let minor = Hexadecimal.value(all[start + 7]) else { return nil }
        return (Int(minor), status)
    }

    /// The value where this is the header of that name.
    ///
    /// - Parameter name: in lower case.
    func value(of name: StaticString, in all: Span<UInt8>) -> HeaderLine? {
        let colon = start + name.utf8CodeUnitCount
        guard colon < end, all[colon] == UInt8(ascii: ":"), hasPrefix(name, in: all) else { return nil }
        return HeaderLine(colon + 1..<end, in: all)
    }

    /// - Parameter text: in lower case.
    func equals(_ text: StaticString, in all: Span<UInt8>) -> Bool {
        end - start == text.utf8CodeUnitCount && hasPrefix(text, in: all)
    }

    /// The whole as a number; `nil` where it is none.
    func decimal(in all: Span<UInt8>) -> Int? {
        guard start < end, end - start <= 18 else { return nil }
        var number = 0
        for place in start..<end {
            guard let digit = Hexadecimal.value(all[place]), digit < 10 else { return nil }
            number = number * 10 + Int(digit)
        }
        return number
    }

    /// The number at the start, up to a semicolon or the end.
    func hexadecimal(in all: Span<UInt8>) -> Int? {
        var number = 0
        var place = start
        while place < end, let digit = Hexadecimal.value(all[place]) {
            guard place - start < 15 else { return nil }
            number = number << 4 | Int(digit)
            place += 1
        }
        let isEnd = place == end || all[place] == UInt8(ascii: ";") || all[place] == UInt8(ascii: " ")
        return place > start && isEnd ? number : nil
    }

    private func hasPrefix(_ text: StaticString, in all: Span<UInt8>) -> Bool {
        let count = text.utf8CodeUnitCount
        guard end - start >= count else { return false }
        // A static string's bytes are where they are for ever.
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: count)
        for place in 0..<count where wanted[place] != Self.lowercased(all[start + place]) { return false }
        return true
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
