// The GET of a status.
import NIOCore

/// Writes `GET /status/…` to the read API, in the way that a method of following asks.
struct StatusRequest: Sendable {
    private let start: [UInt8]
    private let waits: Bool
    private let end: [UInt8]

    init(_ readAPI: LoadURL, _ method: FollowMethod) {
        start = Array("GET \(readAPI.base)".utf8)
        waits = method == .longPoll
        let accept = method == .serverSentEvents ? "Accept: text/event-stream\r\n" : ""
        end = Array(" HTTP/1.1\r\nHost: \(readAPI.authority)\r\n\(accept)\r\n".utf8)
    }

    /// - Parameter location: path and query.
    func write(_ location: [UInt8], into buffer: inout ByteBuffer) {
        buffer.writeBytes(start)
        buffer.writeBytes(location)
        if waits { buffer.writeStaticString(location.contains(UInt8(ascii: "?")) ? "&wait=10s" : "?wait=10s") }
        buffer.writeBytes(end)
    }
}
