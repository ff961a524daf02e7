// Server-sent events.
package import HTTPTypes
package import Hummingbird
import NIOCore

/// An answer of type `text/event-stream` (HTML Standard, "Server-sent events"). What is written is on its way at once.
package struct EventStream {
    /// A client that has heard nothing for longer may take the connection for dead; proxies do.
    package static let heartbeat = Duration.seconds(15)

    private var writer: any ResponseBodyWriter

    /// An answer whose events `body` sends. It ends when `body` returns; writing throws when the client has gone.
    package static func response(_ body: @escaping @Sendable (inout EventStream) async throws -> Void) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store",
                // nginx buffers answers otherwise.
                .accelBuffering: "no",
            ],
            body: ResponseBody { writer in
                var stream = EventStream(writer: writer)
                // A client that loses the connection comes again after a second.
                try await stream.write("retry: 1000\n\n")
                try await body(&stream)
                try await stream.writer.finish(nil)
            })
    }

    /// Whether a request wants events rather than one answer.
    package static func isWanted(_ headers: HTTPFields) -> Bool {
        headers[values: .accept].contains { value in
            value.split(separator: ",").contains { part in
                part.prefix { $0 != ";" }.trimmed == "text/event-stream"
            }
        }
    }

    /// Sends an event.
    ///
    /// - Parameters:
    ///   - name: the event's type.
    ///   - id: what the client sends as `Last-Event-ID` when it comes again; one line.
    ///   - data: one line, such as JSON.
    package mutating func send(_ name: String, id: String? = nil, data: [UInt8]) async throws {
        let head = (id.map { "id: \($0)\n" } ?? "") + "event: \(name)\ndata: "
        try await write(head + String(decoding: data, as: UTF8.self) + "\n\n")
    }

    /// Sends an id without an event: a client that loses the connection before the first event comes again with it
    /// (HTML Standard, "dispatch the event").
    ///
    /// - Parameter id: one line.
    package mutating func send(id: String) async throws { try await write("id: \(id)\n\n") }

    /// Sends a comment, which clients pass over.
    package mutating func beat() async throws { try await write(":\n\n") }

    private mutating func write(_ text: String) async throws {
        try await writer.write(ByteBuffer(string: text))
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        return start.prefix { $0 != " " && $0 != "\t" }
    }
}
