// The first line of a request.

/// `POST /items HTTP/1.1` (RFC 9112, 3), in origin form.
struct RequestLine {
    let method: RequestHead.Method
    /// Path and query.
    let target: String
    /// Of the path, in bytes; a question mark follows where the target is longer.
    let pathLength: Int
    /// The path has unreserved characters and slashes only (RFC 3986, 2.3).
    let isPlain: Bool

    /// `nil` for another method, form or version.
    init?(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) {
        let version = " HTTP/1.1"
        guard line.count > version.utf8.count else { return nil }
        let target = line.lowerBound..<(line.upperBound - version.utf8.count)
        guard
            UnsafeRawBufferPointer(rebasing: bytes[target.upperBound..<line.upperBound]).elementsEqual(version.utf8),
            let space = bytes[target].firstIndex(of: UInt8(ascii: " ")),
            let method = Self.method(UnsafeRawBufferPointer(rebasing: bytes[target.lowerBound..<space])),
            space + 1 < target.upperBound, bytes[space + 1] == UInt8(ascii: "/")
        else { return nil }
        var isPlain = true
        var question = target.upperBound
        for position in (space + 1)..<target.upperBound {
            let byte = bytes[position]
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "#") else { return nil }
            if question == target.upperBound {
                if byte == UInt8(ascii: "?") { question = position } else if !Self.isPlain(byte) { isPlain = false }
            }
        }
        self.method = method
        self.isPlain = isPlain
        pathLength = question - (space + 1)
        self.target = String(decoding: bytes[(space + 1)..<target.upperBound], as: UTF8.self)
    }

    /// Whether the line ends as one of HTTP/1.0 does, whose connections serve one request (RFC 9112, 9.3).
    static func isOfHTTP10(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Bool {
        bytes[line].suffix(9).elementsEqual(" HTTP/1.0".utf8)
    }

    private static func method(_ bytes: UnsafeRawBufferPointer) -> RequestHead.Method? {
        switch bytes.count {
        case 3:
            if bytes.elementsEqual("GET".utf8) { return .get }
            return bytes.elementsEqual("PUT".utf8) ? .put : nil
        case 4:
            if bytes.elementsEqual("POST".utf8) { return .post }
            return bytes.elementsEqual("HEAD".utf8) ? .head : nil
        case 5: return bytes.elementsEqual("PATCH".utf8) ? .patch : nil
        case 6: return bytes.elementsEqual("DELETE".utf8) ? .delete : nil
        case 7: return bytes.elementsEqual("OPTIONS".utf8) ? .options : nil
        default: return nil
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
