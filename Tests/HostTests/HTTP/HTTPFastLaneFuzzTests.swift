// The same bytes with a fast lane and without: the same answers.
import TestSupport
import Testing

@Suite("Fast lane, at random")
struct HTTPFastLaneFuzzTests {
    /// What a client sends, from a seed.
    private struct Script {
        var pieces: [[UInt8]] = []
        /// After each piece, how many answers are given.
        var answers: [Int] = []
        var closesInput = false
        var isRouterLate = false
    }

    private static func script(_ seed: UInt64) -> Script {
        var random = SeededNumbers(seed: seed)
        var bytes: [UInt8] = []
        for number in 0..<Int.random(in: 0...8, using: &random) { bytes += request(number, &random) }
        var script = Script()
        switch Int.random(in: 0..<8, using: &random) {
        case 0...1: bytes += Array((malformed.randomElement(using: &random) ?? "").utf8)
        case 2: bytes += Array("GET /now/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
        case 3:
            let last = request(99, &random)
            bytes += last[..<Int.random(in: 0..<last.count, using: &random)]
            script.closesInput = true
        case 4: script.closesInput = true
        default: break
        }
        script.isRouterLate = Bool.random(using: &random)
        var rest = bytes[...]
        let largest = [1, 7, 40, 200, 5_000, 100_000].randomElement(using: &random) ?? 1
        while !rest.isEmpty {
            let count = largest < 7 && rest.count > 3_000 ? rest.count : Int.random(in: 1...largest, using: &random)
            script.pieces.append(Array(rest.prefix(count)))
            script.answers.append(Int.random(in: 0...3, using: &random))
            rest = rest.dropFirst(count)
        }
        return script
    }

    /// One well-formed request.
    private static func request(_ number: Int, _ random: inout SeededNumbers) -> [UInt8] {
        let method =
            ["GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"]
            .randomElement(using: &random) ?? "GET"
        let kind = ["now", "now", "late", "late", "back", "lateback", "router"].randomElement(using: &random) ?? "now"
        var target = "/\(kind)/\(number)"
        switch Int.random(in: 0..<8, using: &random) {
        case 0: target += "?a=%20b&c"
        case 1: target += "/a%2Fb"
        default: break
        }
        var fields = ["Host: example.com"]
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            fields.append(moreFields.randomElement(using: &random) ?? "")
        }
        if Int.random(in: 0..<40, using: &random) == 0 { fields.append("X: \(String(repeating: "x", count: 9_000))") }
        var body: [UInt8] = []
        if Int.random(in: 0..<3, using: &random) == 0 {
            let count = Int.random(in: 0..<30, using: &random) == 0 ? 17_000 : Int.random(in: 0...60, using: &random)
            // Bodies that look like requests.
            let inside = Array("GET /now/inside HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            body = inside.prefix(count) + Array(repeating: 0x0A, count: max(0, count - inside.count))
        }
        if method != "GET" || !body.isEmpty { fields.append("Content-Length: \(body.count)") }
        if Int.random(in: 0..<20, using: &random) == 0 {
            fields.removeAll { $0.hasPrefix("Content-Length") }
            fields.append("Transfer-Encoding: chunked")
            let size = String(body.count, radix: 16)
            body =
                body.isEmpty ? Array("0\r\n\r\n".utf8) : Array("\(size)\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8)
        }
        fields.shuffle(using: &random)
        return Array("\(method) \(target) HTTP/1.1\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n".utf8)
            + body
    }

    private static let moreFields = [
        "Idempotency-Key: 1", "idempotency-key:\t2 ", "Content-Type: application/json", "Accept: */*", "X-Empty:",
        "Connection: keep-alive", "Prefer: wait=1", "If-None-Match: \"x\"", "Expect: 100-continue", "X: caf\u{E9}",
        "Upgrade: h2c",
    ]

    private static let malformed = [
        "\r\n\r\n", "GET\r\n\r\n", "G", "\u{16}\u{3}\u{1}\u{2}\u{0}", "GET /now/x HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
        "GET /now/x HTTP/1.1\nHost: a\n\n", "GET /now/x HTTP/1.1\r\nX: a\rb\r\n\r\n",
        "GET /now/x HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "GET /now/x HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n",
        "POST /now/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /now/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /now/x HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /now/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\na",
        "POST /now/x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /now/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "GET /now/x HTTP/3.1\r\n\r\n", "GET /now/x\r\n\r\n",
        "GET http://example.com/now/x HTTP/1.1\r\nHost: a\r\n\r\n", "GET /now/x#y HTTP/1.1\r\nHost: a\r\n\r\n",
        "get /now/x HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /now/\u{7F} HTTP/1.1\r\nHost: a\r\n\r\n", "GET  /now/x HTTP/1.1\r\nHost: a\r\n\r\n",
        "BREW /now/x HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /now/x HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n",
        "GET /now/\(String(repeating: "x", count: 20_000)) HTTP/1.1\r\nHost: a\r\n\r\n",
    ]

    /// What a client can tell apart.
    private struct Outcome: Equatable {
        var answers: [String]
        var isOpen: Bool
    }

    private static func run(_ script: Script, hasLane: Bool) throws -> Outcome {
        let connection = try LaneConnection(hasLane: hasLane, isRouterLate: script.isRouterLate)
        for (piece, count) in zip(script.pieces, script.answers) {
            try connection.send(piece)
            for _ in 0..<count { if !connection.answerLate() { connection.answerRouter() } }
        }
        if script.closesInput { connection.closeInput() }
        connection.settle()
        // That the client's last request is the last one, only the lane says.
        // Leave to send a body is given only to who is first in line, which depends on when the others were answered.
        let answers = try connection.answers().filter { $0.status >= 200 }.map { answer in
            "\(answer.status) \(answer.field("Content-Type") ?? "") \(answer.text)"
        }
        return Outcome(answers: answers, isOpen: connection.isOpen)
    }

    @Test("any requests, cut anywhere, have the answers that they have without a lane")
    func same() throws {
        var answers = 0
        for seed in 0..<3_000 as Range<UInt64> {
            let script = Self.script(seed)
            let plain = try Self.run(script, hasLane: false)
            let laned = try Self.run(script, hasLane: true)
            answers += laned.answers.count
            try #require(laned == plain, "seed \(seed): \(script.pieces.map { String(decoding: $0, as: UTF8.self) })")
        }
        #expect(answers > 6_000, "the scripts ask for little")
    }
}
