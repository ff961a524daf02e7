// Splits a stream of bytes into lines.

/// Cuts NDJSON (newline-delimited JSON) into lines as bytes come in, holding no more than one line that is not complete.
package struct NDJSONLines: Sendable {
    package enum Line: Sendable, Equatable {
        /// Without its line feed.
        case text([UInt8])
        /// Longer than the limit; its bytes were dropped.
        case tooLong
        /// There was no memory for it; its bytes were dropped.
        case dropped
    }

    private let limit: Int
    private var rest: [UInt8] = []
    /// What becomes of the line at hand instead of its bytes.
    private var instead: Line?

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
            } else if instead != nil {
                continue
            } else if rest.count == limit {
                instead = .tooLong
                rest = []
            } else {
                rest.append(byte)
            }
        }
        return lines
    }

    /// Bytes of a line that has not come whole.
    package var unfinishedBytes: Int { rest.count }

    /// Gives the line up that has not come whole.
    package mutating func dropUnfinished() {
        rest = []
        instead = .dropped
    }

    /// The last line, where no line feed ends it.
    package mutating func finish() -> Line? {
        endLine()
    }

    private mutating func endLine() -> Line? {
        defer {
            rest = []
            instead = nil
        }
        if let instead { return instead }
        let isBlank = rest.allSatisfy {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t")
        }
        return isBlank ? nil : .text(rest)
    }
}
