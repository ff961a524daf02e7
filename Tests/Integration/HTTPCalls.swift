// Requests as a client sends them.
import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1

/// What a host answered.
struct Answer: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as JSON.
    func json() throws -> JSONValue { try JSONDocument(parsing: body).root }
}

enum HTTPCalls {
    static func send(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(40))
        let buffer = try await response.body.collect(upTo: 1 << 24)
        return Answer(
            status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) },
            body: Array(buffer.readableBytesView))
    }

    static func get(_ url: String, headers: [(String, String)] = []) async throws -> Answer {
        try await send("GET", url, headers: headers)
    }

    /// A write with a JSON body.
    static func write(
        _ url: String, method: String = "POST", key: String, _ body: String, headers: [(String, String)] = []
    ) async throws -> Answer {
        try await send(
            method, url, headers: [("Idempotency-Key", key), ("Content-Type", "application/json")] + headers,
            body: Array(body.utf8))
    }
}
