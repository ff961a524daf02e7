// Answers as a strict client reads them from a connection's bytes.

/// One HTTP/1.1 answer with a `Content-Length`, or an interim one.
struct WireAnswer: Equatable {
    struct Malformed: Error {
        let text: String
    }

    let status: Int
    let reason: String
    let fields: [Field]
    let body: [UInt8]

    struct Field: Equatable {
        let name: String
        let value: String
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// All of them, in order.
    ///
    /// - Throws: `Malformed` where bytes are left over, a field is there twice or the length is not told.
    static func parse(_ bytes: [UInt8]) throws -> [WireAnswer] {
        var rest = bytes[...]
        var answers: [WireAnswer] = []
        while !rest.isEmpty { answers.append(try take(&rest)) }
        return answers
    }

    private static func take(_ rest: inout ArraySlice<UInt8>) throws -> WireAnswer {
        let statusLine = try line(&rest)
        let parts = statusLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "HTTP/1.1", parts[1].utf8.count == 3, let status = Int(parts[1]) else {
            throw Malformed(text: statusLine)
        }
        var fields: [Field] = []
        while true {
            let line = try line(&rest)
            if line.isEmpty { break }
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
                line[colon...].hasPrefix(": "), !line.hasSuffix(" "), !line[..<colon].contains(" ")
            else { throw Malformed(text: line) }
            let name = String(line[..<colon])
            guard !fields.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw Malformed(text: "\(name) is there twice")
            }
            fields.append(Field(name: name, value: String(line[colon...].dropFirst(2))))
        }
        let length = fields.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) }
        guard let length = status < 200 ? 0 : length, length <= rest.count else {
            throw Malformed(text: "no length, or less than it says: \(fields)")
        }
        let body = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        return WireAnswer(status: status, reason: String(parts[2]), fields: fields, body: body)
    }

    private static func line(_ rest: inout ArraySlice<UInt8>) throws -> String {
        guard let end = rest.firstIndex(of: 0x0A), end > rest.startIndex, rest[end - 1] == 0x0D else {
            throw Malformed(text: String(decoding: rest.prefix(200), as: UTF8.self))
        }
        let line = rest[..<(end - 1)]
        guard !line.contains(0x0D) else { throw Malformed(text: "a lone CR") }
        rest = rest[(end + 1)...]
        return String(decoding: line, as: UTF8.self)
    }
}
