// Splits a stream of bytes into lines.

/// Cuts NDJSON (newline-delimited JSON) into lines as bytes come in, holding no more than one line that is not complete.
package struct NDJSONLines: Sendable {
    package enum Line: Sendable, Equatable {
        /// Without its line feed.
        case text([UInt8])
        /// Longer than the limit; its bytes were dropped.
        case tooLong
    }

    private let limit: Int
    private var rest: [UInt8] = []
    private var isTooLong = false

    /// - Parameter limit: the longest line in bytes.
    package init(limit: Int) {
        self.limit = limit
    }

    /// Takes bytes; returns the lines that they complete. Blank lines are passed over.
    package mutating func append(_ bytes: some Sequence<UInt8>) -> [Line] {
        var lines: [Line] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if let line = endLine() { lines.append(line) }
            } else if isTooLong {
                continue
            } else if rest.count == limit {
                isTooLong = true
                rest = []
            } else {
                rest.append(byte)
            }
        }
        return lines
    }

    /// The last line, where no line feed ends it.
    package mutating func finish() -> Line? {
        endLine()
    }

    private mutating func endLine() -> Line? {
        defer {
            rest = []
            isTooLong = false
        }
        if isTooLong { return .tooLong }
        let isBlank = rest.allSatisfy {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t")
        }
        return isBlank ? nil : .text(rest)
    }
}
