// Reading HTTP/1.1 answers from bytes as they come.

/// A state machine: bytes in, answers out. It looks at the status, at what says where the answer ends, and, where it
/// keeps content, at the Location; everything else is skipped.
package struct ResponseReader: Sendable {
    private enum Stage {
        case statusLine
        case header
        /// With the bytes that are missing.
        case sized(Int)
        case untilClose
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailer
    }

    /// The longest line of a head, in bytes.
    static let maximumLine = 65_536

    private let keepsContent: Bool
    private let isBodyless: Bool
    private var stage = Stage.statusLine
    /// The start of a line whose end has not come.
    private var partial: [UInt8] = []
    private var status = 0
    private var contentLength: Int?
    private var isChunked = false
    private var keepsConnection = true
    private var byteCount = 0

    /// The body of the last answer, or of the one that comes in now as far as it is here; empty unless content is kept.
    package private(set) var body: [UInt8] = []
    /// Its Location, likewise.
    package private(set) var location: [UInt8] = []

    /// - Parameters:
    ///   - keepsContent: whether `body` and `location` are wanted.
    ///   - isBodyless: the answers are to HEAD.
    package init(keepsContent: Bool = false, isBodyless: Bool = false) {
        self.keepsContent = keepsContent
        self.isBodyless = isBodyless
    }

    /// Whether a head is complete and its body is not.
    package var isInBody: Bool {
        switch stage {
        case .statusLine, .header: false
        default: true
        }
    }

    /// Reads up to the end of an answer, or all there is.
    ///
    /// - Parameter position: where to begin; afterwards, where to go on.
    /// - Returns: the answer that ended; `nil` where more bytes are needed.
    package mutating func read(_ bytes: Span<UInt8>, at position: inout Int) throws(LoadError) -> HTTPResponse? {
        while position < bytes.count {
            let available = bytes.count - position
            switch stage {
            case .sized(let missing):
                take(bytes, min(missing, available), &position)
                stage = .sized(missing - min(missing, available))
                if missing <= available { return finish() }
            case .chunk(let missing):
                take(bytes, min(missing, available), &position)
                stage = missing <= available ? .chunkEnd : .chunk(missing - available)
            case .untilClose:
                take(bytes, available, &position)
            case .statusLine, .header, .chunkSize, .chunkEnd, .trailer:
                if let response = try readLine(bytes, &position) { return response }
            }
        }
        return nil
    }

    /// The connection has ended.
    ///
    /// - Returns: the answer that was to end with it.
    /// - Throws: where it ended within an answer.
    package mutating func end() throws(LoadError) -> HTTPResponse? {
        switch stage {
        case .untilClose: return finish()
        case .statusLine where partial.isEmpty: return nil
        default: throw LoadError("the connection ended within an answer")
        }
    }

    private mutating func take(_ bytes: Span<UInt8>, _ count: Int, _ position: inout Int) {
        if keepsContent {
            for place in position..<position + count { body.append(bytes[place]) }
        }
        position += count
        byteCount += count
    }

    private mutating func readLine(_ bytes: Span<UInt8>, _ position: inout Int) throws(LoadError) -> HTTPResponse? {
        let start = position
        while position < bytes.count && bytes[position] != UInt8(ascii: "\n") { position += 1 }
        let end = position
        guard end < bytes.count else {
            byteCount += end - start
            for place in start..<end { partial.append(bytes[place]) }
            guard partial.count <= Self.maximumLine else { throw LoadError("a line of an answer has no end") }
            return nil
        }
        position += 1
        byteCount += position - start
        if partial.isEmpty { return try line(HeaderLine(start..<end, in: bytes), bytes) }
        for place in start..<end { partial.append(bytes[place]) }
        let whole = partial
        partial.removeAll(keepingCapacity: true)
        return try line(HeaderLine(0..<whole.count, in: whole.span), whole.span)
    }

    private mutating func line(_ line: HeaderLine, _ bytes: Span<UInt8>) throws(LoadError) -> HTTPResponse? {
        switch stage {
        case .statusLine:
            // Some servers send an empty line after a body.
            if line.isEmpty { return nil }
            try begin(line, bytes)
        case .header:
            if line.isEmpty { return endHead() }
            try header(line, bytes)
        case .chunkSize:
            guard let size = line.hexadecimal(in: bytes) else { throw LoadError("a chunk of an answer has no size") }
            stage = size == 0 ? .trailer : .chunk(size)
        case .chunkEnd:
            guard line.isEmpty else { throw LoadError("a chunk of an answer is longer than it says") }
            stage = .chunkSize
        default:
            if line.isEmpty { return finish() }
        }
        return nil
    }

    private mutating func begin(_ line: HeaderLine, _ bytes: Span<UInt8>) throws(LoadError) {
        guard let parsed = line.statusLine(in: bytes) else { throw LoadError("what came is no answer in HTTP/1") }
        status = parsed.status
        keepsConnection = parsed.minorVersion >= 1
        contentLength = nil
        isChunked = false
        body.removeAll(keepingCapacity: true)
        location.removeAll(keepingCapacity: true)
        stage = .header
    }

    private mutating func header(_ line: HeaderLine, _ bytes: Span<UInt8>) throws(LoadError) {
        switch line.first(in: bytes) {
        case UInt8(ascii: "c"):
            if let value = line.value(of: "content-length", in: bytes) {
                guard let length = value.decimal(in: bytes) else {
                    throw LoadError("an answer's Content-Length is no number")
                }
                contentLength = length
            } else if let value = line.value(of: "connection", in: bytes) {
                if value.equals("close", in: bytes) { keepsConnection = false }
                if value.equals("keep-alive", in: bytes) { keepsConnection = true }
            }
        case UInt8(ascii: "t"):
            if line.value(of: "transfer-encoding", in: bytes)?.equals("chunked", in: bytes) == true { isChunked = true }
        case UInt8(ascii: "l") where keepsContent:
            if let value = line.value(of: "location", in: bytes) { location = value.bytes(in: bytes) }
        default: break
        }
    }

    private mutating func endHead() -> HTTPResponse? {
        if status < 200 {
            // 100 and 103 precede the answer.
            stage = .statusLine
            return nil
        }
        if isBodyless || status == 204 || status == 304 { return finish() }
        if isChunked {
            stage = .chunkSize
        } else if let contentLength {
            if contentLength == 0 { return finish() }
            stage = .sized(contentLength)
        } else {
            keepsConnection = false
            stage = .untilClose
        }
        return nil
    }

    private mutating func finish() -> HTTPResponse {
        let response = HTTPResponse(status: status, keepsConnection: keepsConnection, byteCount: byteCount)
        stage = .statusLine
        byteCount = 0
        return response
    }
}
