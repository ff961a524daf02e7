// Writes the head of an answer.
import HTTPTypes

/// Status line and fields of a response (RFC 9112, 4 and 5), each with its CRLF. Copies bytes and does nothing else: each
/// answer of a fast lane goes through here.
struct ResponseHead {
    private(set) var bytes: [UInt8] = []

    init(_ status: HTTPResponse.Status) {
        bytes.reserveCapacity(320)
        append("HTTP/1.1 ")
        append(String(status.code))
        bytes.append(UInt8(ascii: " "))
        append(status.reasonPhrase)
        append("\r\n")
    }

    mutating func append(_ name: StaticString, _ value: String) {
        append(name)
        append(": ")
        append(value)
        append("\r\n")
    }

    mutating func append(_ name: String, _ value: String) {
        append(name)
        append(": ")
        append(value)
        append("\r\n")
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }
}
