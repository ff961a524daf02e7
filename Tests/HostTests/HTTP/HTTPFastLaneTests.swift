// The fast lane in front of the real decoder: order of answers, what is handed on, and how a connection ends.
import HTTP
import NIOCore
import Testing

@Suite("Fast lane")
struct HTTPFastLaneTests {
    private static func request(_ method: String, _ target: String, _ body: String = "", _ fields: String = "")
        -> String
    {
        let length = body.isEmpty && method == "GET" ? "" : "Content-Length: \(body.utf8.count)\r\n"
        return "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\(length)\(fields)\r\n\(body)"
    }

    private static func get(_ target: String) -> String { request("GET", target) }

    private static let close = "Connection: close\r\n"

    /// One of each kind: answered at once, late, by the router, by the router after all; with bodies and without.
    private static let mixed = [
        ("GET", "/now/1", ""), ("POST", "/late/2", "two"), ("GET", "/router/3", ""), ("POST", "/back/4", "four"),
        ("PUT", "/router/5", "five"), ("DELETE", "/lateback/6", ""), ("PATCH", "/now/7?a=b", "seven\r\n\r\n"),
        ("GET", "/now/a%20b", ""), ("GET", "/late/9", ""), ("GET", "/now/10", ""),
    ]
    private static let mixedBytes = Array(mixed.map { request($0.0, $0.1, $0.2) }.joined().utf8)
    private static let mixedTexts = mixed.map { "\($0.0) \($0.1) \($0.2)" }

    // MARK: Order

    @Test("a request that is taken never reaches the router, and its answer says what it is")
    func taken() throws {
        let connection = try LaneConnection()
        try connection.send(Self.request("POST", "/now/1", "body"))
        let answer = try #require(connection.answers().first)
        #expect(answer.status == 202 && answer.reason == "Accepted")
        #expect(answer.text == "POST /now/1 body")
        #expect(answer.field("Content-Type") == LaneAnswer.mediaType)
        #expect(answer.field("Date") != nil && answer.field("Connection") == nil)
        #expect(connection.router.requests.isEmpty && connection.router.completedReads == 0)
        #expect(connection.isOpen)
    }

    @Test("answers are the same wherever the bytes are cut", arguments: [false, true])
    func cuts(isRouterLate: Bool) throws {
        for cut in 1..<Self.mixedBytes.count {
            let connection = try LaneConnection(isRouterLate: isRouterLate)
            try connection.send(Self.mixedBytes[..<cut])
            if cut.isMultiple(of: 2) { connection.settle() }
            try connection.send(Self.mixedBytes[cut...])
            connection.settle()
            let texts = try connection.answers().map(\.text)
            #expect(texts == Self.mixedTexts, "cut after \(cut) bytes")
        }
    }

    @Test("answers are the same where each byte comes alone", arguments: [false, true])
    func bytes(isRouterLate: Bool) throws {
        let connection = try LaneConnection(isRouterLate: isRouterLate)
        for byte in Self.mixedBytes {
            try connection.send([byte])
            connection.settle()
        }
        #expect(try connection.answers().map(\.text) == Self.mixedTexts)
        #expect(
            connection.responder.served
                == ["/now/1", "/late/2", "/back/4", "/lateback/6", "/now/7", "/late/9", "/now/10"])
        #expect(
            connection.router.requests == ["/router/3", "/back/4", "/router/5", "/lateback/6", "/now/a%20b"])
        #expect(connection.router.bodies.map { String(decoding: $0, as: UTF8.self) } == ["", "four", "five", "", ""])
    }

    @Test("what comes behind a late answer waits, however ready it is")
    func lateAnswer() throws {
        let connection = try LaneConnection()
        try connection.send(Self.get("/late/1") + Self.get("/now/2") + Self.get("/router/3") + Self.get("/late/4"))
        #expect(try connection.answers().isEmpty)
        #expect(connection.responder.served == ["/late/1"] && connection.router.requests.isEmpty)
        try connection.send(Self.get("/now/5"))
        #expect(connection.responder.served == ["/late/1"])
        connection.answerLate()
        #expect(try connection.answers().map(\.text) == ["GET /late/1 ", "GET /now/2 ", "GET /router/3 "])
        connection.answerLate()
        #expect(try connection.answers().map(\.text).suffix(2) == ["GET /late/4 ", "GET /now/5 "])
    }

    @Test("a request for the lane waits for the router's answer to the one before")
    func lateRouter() throws {
        let connection = try LaneConnection(isRouterLate: true)
        try connection.send(Self.get("/router/1") + Self.get("/now/2") + Self.get("/router/3") + Self.get("/now/4"))
        #expect(connection.router.requests == ["/router/1"])
        #expect(connection.responder.served.isEmpty)
        #expect(try connection.answers().isEmpty)
        connection.answerRouter()
        #expect(try connection.answers().map(\.text) == ["GET /router/1 ", "GET /now/2 "])
        connection.answerRouter()
        #expect(try connection.answers().map(\.text).suffix(2) == ["GET /router/3 ", "GET /now/4 "])
    }

    @Test("connections answered in another order than they asked in get their own answers")
    func otherOrder() throws {
        let connections = try (0..<4).map { _ in try LaneConnection() }
        for (number, connection) in connections.enumerated() {
            try connection.send(Self.get("/late/\(number)") + Self.get("/now/\(number)"))
        }
        for number in [2, 0, 3, 1] {
            #expect(try connections[number].answers().isEmpty)
            connections[number].answerLate()
        }
        for (number, connection) in connections.enumerated() {
            #expect(try connection.answers().map(\.text) == ["GET /late/\(number) ", "GET /now/\(number) "])
        }
    }

    @Test(
        "a request without Host, or with two, is refused after the answers before it; one of HTTP/1.0 needs none",
        arguments: [false, true])
    func host(hasLane: Bool) throws {
        for (fields, method) in [("", "GET"), ("Host: a\r\nHost: a\r\n", "GET"), ("hOST: a\r\nHost: b\r\n", "POST")] {
            let connection = try LaneConnection(hasLane: hasLane)
            try connection.send(
                Self.get("/router/1") + "\(method) /now/2 HTTP/1.1\r\n\(fields)Content-Length: 0\r\n\r\n"
                    + Self.get("/now/3"))
            let answers = try connection.answers()
            #expect(answers.map(\.status) == [200, 400], "\(fields)")
            #expect(answers.last?.text.contains("Host") == true && answers.last?.field("Connection") == "close")
            #expect(connection.responder.served.isEmpty && connection.router.requests == ["/router/1"])
        }
        let connection = try LaneConnection(hasLane: hasLane)
        try connection.send("GET /now/1 HTTP/1.1\r\nHost:\r\n\r\n")
        #expect(try connection.answers().map(\.text) == ["GET /now/1 "])
        if hasLane {
            let older = try LaneConnection()
            try older.send("GET /router/1 HTTP/1.0\r\n\r\n")
            #expect(older.router.requests == ["/router/1"])
        }
    }

    @Test("a refusal of HEAD has a head alone")
    func hostOfHead() throws {
        let connection = try LaneConnection()
        try connection.send("HEAD /router/1 HTTP/1.1\r\n\r\n")
        let bytes = String(decoding: try connection.written(), as: UTF8.self)
        #expect(bytes.hasPrefix("HTTP/1.1 400 ") && bytes.hasSuffix("\r\n\r\n") && !bytes.contains("{"))
    }

    // MARK: The router after all

    @Test(
        "a taken request without an answer reaches the router whole, and its reader is told", arguments: [false, true])
    func back(isLate: Bool) throws {
        let connection = try LaneConnection()
        let target = isLate ? "/lateback/1" : "/back/1"
        try connection.send(Self.request("POST", target, "body") + Self.get("/now/2"))
        if isLate {
            // The read is over when the answer comes.
            #expect(connection.router.completedReads == 0 && connection.router.requests.isEmpty)
            connection.answerLate()
        }
        #expect(connection.router.completedReads == 1)
        #expect(connection.router.requests == [target])
        #expect(connection.router.bodies == [Array("body".utf8)])
        #expect(try connection.answers().map(\.text) == ["POST \(target) body", "GET /now/2 "])
    }

    @Test("a body larger than the lane waits for goes to the router as it comes, one as large does not")
    func largeBody() throws {
        for (count, isTaken) in [(16_384, true), (16_385, false)] {
            let connection = try LaneConnection()
            let body = String(repeating: "x", count: count)
            let bytes = Array((Self.request("POST", "/now/1", body) + Self.get("/now/2")).utf8)
            for start in stride(from: 0, to: bytes.count, by: 5_000) {
                try connection.send(bytes[start..<min(start + 5_000, bytes.count)])
            }
            #expect(connection.responder.served == (isTaken ? ["/now/1", "/now/2"] : ["/now/2"]))
            #expect(connection.router.bodies.map(\.count) == (isTaken ? [] : [count]))
            #expect(try connection.answers().map(\.text) == ["POST /now/1 \(body)", "GET /now/2 "])
        }
    }

    @Test("after a chunked request everything is the router's")
    func chunked() throws {
        let connection = try LaneConnection()
        try connection.send(
            Self.get("/now/1") + "POST /now/2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        #expect(connection.responder.served == ["/now/1"])
        try connection.send("0\r\n\r\n" + Self.get("/now/3"))
        try connection.send(Self.get("/now/4"))
        #expect(connection.responder.served == ["/now/1"])
        #expect(connection.router.requests == ["/now/2", "/now/3", "/now/4"])
        #expect(
            try connection.answers().map(\.text) == [
                "GET /now/1 ", "POST /now/2 abc", "GET /now/3 ", "GET /now/4 ",
            ])
    }

    @Test("a chunked request behind one in hand is handed on after that one's answer")
    func chunkedBehind() throws {
        let connection = try LaneConnection()
        try connection.send(
            Self.get("/late/1")
                + "POST /now/2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
                + Self.get("/now/3"))
        #expect(connection.router.requests.isEmpty)
        connection.answerLate()
        #expect(try connection.answers().map(\.text) == ["GET /late/1 ", "POST /now/2 a", "GET /now/3 "])
        #expect(connection.router.completedReads == 1)
    }

    @Test("what is no request is answered 400 after the answers before it, and ends the connection")
    func malformed() throws {
        let connection = try LaneConnection()
        try connection.send(Self.get("/late/1") + "GET /now/2 HTTP/1.1\r\nbad name: x\r\n\r\n")
        #expect(try connection.answers().isEmpty && connection.isOpen)
        connection.answerLate()
        let answers = try connection.answers()
        #expect(answers.map(\.status) == [200, 400])
        #expect(answers.last?.field("Connection") == "close")
        #expect(!connection.isOpen)
    }

    @Test("a head over the server's limit is 431")
    func hugeHead() throws {
        let connection = try LaneConnection()
        try connection.send(Self.request("GET", "/now/1", "", "X: \(String(repeating: "x", count: 20_000))\r\n"))
        #expect(try connection.answers().map(\.status) == [431])
        #expect(!connection.isOpen)
    }

    @Test(
        "an empty line and a line that is too short for one of HTTP's are no end of the process",
        arguments: ["\r\n", "GET\r\n\r\n"])
    func shortLine(text: String) throws {
        let connection = try LaneConnection()
        let plain = try LaneConnection(hasLane: false)
        for connection in [connection, plain] { try connection.send(text + Self.get("/now/1")) }
        #expect(try connection.answers().map(\.status) == plain.answers().map(\.status))
    }

    // MARK: The end

    @Test("input that closes while a request is in hand: it and those behind it are answered, then the end is told")
    func inputClosed() throws {
        let connection = try LaneConnection()
        try connection.send(Self.get("/late/1") + Self.get("/now/2") + Self.get("/router/3"))
        connection.closeInput()
        #expect(!connection.router.hasEnd && connection.isOpen)
        connection.answerLate()
        #expect(try connection.answers().map(\.text) == ["GET /late/1 ", "GET /now/2 ", "GET /router/3 "])
        #expect(connection.router.hasEnd && !connection.isOpen)
    }

    @Test("input that closes while the router has a request")
    func inputClosedBehind() throws {
        let connection = try LaneConnection(isRouterLate: true)
        try connection.send(Self.get("/router/1") + Self.get("/now/2"))
        connection.closeInput()
        #expect(!connection.router.hasEnd && connection.isOpen)
        connection.answerRouter()
        #expect(try connection.answers().map(\.text) == ["GET /router/1 ", "GET /now/2 "])
        #expect(connection.router.hasEnd && !connection.isOpen)
    }

    @Test(
        "input that closes in the middle of a request is told with what came of it",
        arguments: [
            "", "GET /now", "POST /now/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
            "POST /router/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
        ])
    func inputClosedInside(text: String) throws {
        let connection = try LaneConnection()
        let plain = try LaneConnection(hasLane: false)
        for connection in [connection, plain] {
            try connection.send(text)
            connection.closeInput()
        }
        #expect(connection.responder.served.isEmpty)
        #expect(try connection.answers().map(\.status) == plain.answers().map(\.status))
        #expect(!connection.isOpen && !plain.isOpen)
    }

    @Test("an answer for a connection that is gone is dropped")
    func gone() throws {
        let connection = try LaneConnection()
        try connection.send(Self.get("/late/1") + Self.get("/now/2"))
        connection.close()
        connection.answerLate()
        #expect(connection.responder.served == ["/late/1"])
        #expect(try connection.answers().isEmpty)
    }

    @Test("an answer that is given twice is no answer to the next request")
    func twice() throws {
        let connection = try LaneConnection()
        try connection.send(Self.get("/late/1") + Self.get("/late/2"))
        let first = try #require(connection.responder.takeWaiting().first)
        first()
        first()
        #expect(try connection.answers().map(\.text) == ["GET /late/1 "])
        connection.answerLate()
        #expect(try connection.answers().map(\.text) == ["GET /late/1 ", "GET /late/2 "])
    }

    @Test("a server that stops finishes the request in hand and says that it closes")
    func quiesce() throws {
        let connection = try LaneConnection()
        try connection.send(Self.get("/late/1"))
        connection.quiesce()
        #expect(connection.isOpen && !connection.router.isStopping)
        connection.answerLate()
        let answer = try #require(connection.answers().first)
        #expect(answer.text == "GET /late/1 " && answer.field("Connection") == "close")
        #expect(connection.router.isStopping && !connection.isOpen)
    }

    @Test("a server that stops closes an idle connection at once")
    func quiesceIdle() throws {
        let connection = try LaneConnection()
        try connection.send(Self.get("/now/1"))
        connection.quiesce()
        #expect(!connection.isOpen)
        #expect(try connection.answers().map { $0.field("Connection") } == [nil])
    }

    @Test("a server that stops finishes a request that went back to the router")
    func quiesceBack() throws {
        let connection = try LaneConnection(isRouterLate: true)
        try connection.send(Self.request("POST", "/lateback/1", "body"))
        connection.quiesce()
        connection.answerLate()
        #expect(connection.router.requests == ["/lateback/1"] && connection.isOpen)
        connection.answerRouter()
        let answer = try #require(connection.answers().first)
        #expect(answer.text == "POST /lateback/1 body" && answer.field("Connection") == "close")
        #expect(!connection.isOpen)
    }

    /// Behind the one in hand there is a request of each kind. Whether it is still served is the lane's choice; that
    /// what was served is answered, and that nothing follows the answer which says that the connection closes, is not.
    @Test(
        "a server that stops answers all that it served, and nothing after it said that it closes",
        arguments: ["/late/1", "/router/1", "/lateback/1"], ["/now/2", "/late/2", "/router/2", "/back/2"])
    func quiescePipelined(first: String, second: String) throws {
        for hasLane in [false, true] {
            let connection = try LaneConnection(hasLane: hasLane, isRouterLate: true)
            try connection.send(Self.get(first) + Self.get(second) + Self.get("/now/3"))
            connection.quiesce()
            connection.settle()
            let answers = try connection.answers()
            #expect(answers.first?.text == "GET \(first) ", "with a lane: \(hasLane)")
            let handled = Set(connection.responder.served + connection.router.requests)
            #expect(answers.count == handled.count, "with a lane: \(hasLane); handled: \(handled.sorted())")
            #expect(answers.last?.field("Connection") == "close", "with a lane: \(hasLane)")
            #expect(answers.dropLast().allSatisfy { $0.field("Connection") == nil }, "with a lane: \(hasLane)")
            #expect(!connection.isOpen, "with a lane: \(hasLane)")
        }
    }

    @Test(
        "a client that says that it sends no further request has its answer, and the connection ends",
        arguments: [
            "GET /router/1 HTTP/1.0\r\n\r\n", "GET /router/1 HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
            "GET /router/1 HTTP/1.1\r\nHost: a\r\nConnection: te, close\r\n\r\n",
        ])
    func lastRequest(text: String) throws {
        let connection = try LaneConnection(isRouterLate: true)
        try connection.send(Self.get("/now/0") + text)
        #expect(connection.isOpen)
        connection.settle()
        let answers = try connection.answers()
        #expect(answers.map(\.text) == ["GET /now/0 ", "GET /router/1 "])
        #expect(answers.last?.field("Connection") == "close")
        #expect(!connection.isOpen)
    }

    @Test("an answer without a length is not chunked for a client of HTTP/1.0", arguments: ["1.0", "1.1"])
    func unchunked(version: String) throws {
        let connection = try LaneConnection(isRouterLate: true)
        try connection.send("GET /router/1 HTTP/\(version)\r\nHost: a\r\nConnection: close\r\n\r\n")
        connection.beginAnswer()
        let text = String(decoding: try connection.written(), as: UTF8.self)
        #expect(text.hasPrefix("HTTP/\(version) 200 "))
        #expect(text.contains("chunked") == (version == "1.1"))
    }

    @Test("a connection without a request in hand is closed when it is idle")
    func idle() throws {
        for text in [
            "", Self.get("/now/1"), Self.get("/router/1"), "GET /now",
            "POST /router/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na",
        ] {
            let connection = try LaneConnection()
            try connection.send(text)
            connection.pass(.seconds(75))
            #expect(!connection.isOpen, "\(text)")
        }
    }

    @Test("a connection with a request in hand is not idle", arguments: ["/late/1", "/lateback/1", "/router/1"])
    func busy(target: String) throws {
        let connection = try LaneConnection(isRouterLate: true)
        try connection.send(Self.get(target))
        connection.pass(.seconds(75))
        #expect(connection.isOpen)
        connection.answerLate()
        if target != "/late/1" {
            connection.pass(.seconds(75))
            #expect(connection.isOpen)
            connection.answerRouter()
        }
        #expect(try connection.answers().map(\.text) == ["GET \(target) "])
        connection.pass(.seconds(75))
        #expect(!connection.isOpen)
    }

    @Test("what comes and what is answered puts off the end of an idle connection")
    func active() throws {
        let connection = try LaneConnection(isRouterLate: true)
        connection.pass(.seconds(70))
        try connection.send(Self.get("/late/1"))
        connection.pass(.seconds(70))
        connection.answerLate()
        connection.pass(.seconds(70))
        #expect(connection.isOpen)
        try connection.send(Self.get("/router/1"))
        connection.pass(.seconds(200))
        connection.answerRouter()
        connection.pass(.seconds(70))
        #expect(connection.isOpen)
        connection.pass(.seconds(5))
        #expect(!connection.isOpen)
    }

    @Test("a head or a body that comes byte by byte puts it off no further than its beginning did")
    func drips() throws {
        let connection = try LaneConnection()
        connection.pass(.seconds(70))
        try connection.send("GET /now/1 HTTP/1.1\r\nHost: a\r\n")
        connection.pass(.seconds(70))
        #expect(connection.isOpen)
        try connection.send("A")
        connection.pass(.seconds(5))
        #expect(!connection.isOpen)
    }

    @Test(
        "a body or head behind the lane that comes too slowly does not put it off; one that comes at 500 bytes a second does",
        arguments: [
            "POST /router/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n",
            "POST /router/1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 900000\r\n\r\n",
            "POST /router/1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\nPOST /router/2 HTTP/1.1\r\nHost: a\r\nA:",
        ])
    func dripsBehind(beginning: String) throws {
        let connection = try LaneConnection(isRouterLate: true)
        try connection.send(beginning)
        connection.answerRouter()
        connection.pass(.seconds(70))
        try connection.send(String(repeating: "a", count: 37_400))
        // A head is not so long.
        guard connection.isOpen else { return #expect(beginning.hasSuffix("A:")) }
        connection.pass(.seconds(4))
        try connection.send(String(repeating: "a", count: 100))
        connection.pass(.seconds(74))
        #expect(connection.isOpen, "it has sent 37,500 bytes within 75 s")
        for _ in 0..<3 { try connection.send("a") }
        connection.pass(.seconds(1))
        #expect(!connection.isOpen)
    }

    @Test("requests behind the lane put it off, however small they are")
    func smallBehind() throws {
        let connection = try LaneConnection()
        for number in 0..<3 {
            try connection.send(
                "POST /router/\(number) HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
            connection.pass(.seconds(70))
            try connection.send("a")
            connection.pass(.seconds(70))
            #expect(connection.isOpen)
        }
        connection.pass(.seconds(5))
        #expect(!connection.isOpen)
    }

    @Test("a client of HTTP/1.0 gets no interim answer", arguments: ["1.0", "1.1"])
    func interim(version: String) throws {
        let connection = try LaneConnection()
        try connection.send(
            "POST /router/1 HTTP/\(version)\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
        #expect(String(decoding: try connection.written(), as: UTF8.self).contains(" 100 ") == (version == "1.1"))
    }

    @Test("an answer that begins while the request goes on puts it off, too")
    func answering() throws {
        let connection = try LaneConnection(isRouterLate: true)
        try connection.send("POST /router/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na")
        connection.pass(.seconds(70))
        connection.beginAnswer()
        connection.pass(.seconds(70))
        #expect(connection.isOpen)
        connection.pass(.seconds(5))
        #expect(!connection.isOpen)
    }

    // MARK: Reading

    @Test(
        "nothing more is read while over 64 KB wait, and reading goes on when they do not",
        arguments: ["/late", "/router"])
    func holdsReads(kind: String) throws {
        let connection = try LaneConnection(isRouterLate: true)
        let start = connection.reads.count
        let filling = String(repeating: Self.request("POST", "/now/x", String(repeating: "x", count: 900)), count: 80)
        try connection.send(Self.get("\(kind)/1"))
        connection.read()
        #expect(connection.reads.count == start + 1, "little waits")
        try connection.send(Self.get("\(kind)/2") + filling)
        connection.read()
        connection.read()
        #expect(connection.reads.count == start + 1)
        connection.answerLate()
        connection.answerRouter()
        #expect(connection.reads.count == start + 1, "the second is in hand, and as much waits")
        connection.answerLate()
        connection.answerRouter()
        #expect(connection.reads.count == start + 2)
        #expect(try connection.answers().count == 82)
        connection.read()
        #expect(connection.reads.count == start + 3)
    }

    @Test("a held read goes on when the rest is handed over")
    func holdsReadsThenHandsOver() throws {
        let connection = try LaneConnection()
        let body = String(repeating: "x", count: 70_000)
        try connection.send(
            Self.get("/late/1")
                + "POST /now/2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n11170\r\n\(body)\r\n")
        let start = connection.reads.count
        connection.read()
        #expect(connection.reads.count == start)
        connection.answerLate()
        #expect(connection.reads.count == start + 1)
        try connection.send("0\r\n\r\n")
        #expect(
            try connection.answers().map(\.body.count) == [
                "GET /late/1 ".utf8.count, "POST /now/2 ".utf8.count + 70_000,
            ])
    }

    @Test("a client that does not read its answers gets no more of them until it does")
    func unread() throws {
        let connection = try LaneConnection()
        connection.setWritable(false)
        try connection.send(String(repeating: Self.get("/now/1"), count: 50))
        #expect(connection.responder.served.count <= 1)
        connection.setWritable(true)
        #expect(try connection.answers().count == 50)
    }

    @Test("a connection on which there is always a part of the next request needs no more memory the longer it lasts")
    func memory() throws {
        let connection = try LaneConnection()
        let bytes = Array(Self.request("POST", "/now/1", String(repeating: "x", count: 1_000)).utf8)
        let (start, end) = (bytes[..<500], bytes[500...])
        try connection.send(start)
        for _ in 0..<2_000 {
            try connection.send(end + start)
            connection.dropOutput()
        }
        try connection.send(end + Array(Self.get("/router/2").utf8))
        #expect(connection.router.requests == ["/router/2"])
        #expect(connection.passedOn.lastStorageCapacity < 100_000)
    }
}
