// From pgoutput's bytes to messages: pure.

/// Decodes one message. Every length is checked: a server that sends something else is an error, never a crash.
struct PublicationDecoder {
    /// Bytes that are no message of protocol version 1.
    struct Malformed: Error, CustomStringConvertible {
        let kind: UInt8?

        var description: String {
            "PostgreSQL sent a replication message that is cut off or unknown (\(kind.map { String(UnicodeScalar($0)) } ?? "empty"))"
        }
    }

    /// Microseconds from 1970 to 2000, from where PostgreSQL counts.
    private static let epoch: Int64 = 946_684_800_000_000

    private let bytes: [UInt8]
    private let withRows: Bool
    private var position = 0

    /// - Parameter withRows: otherwise rows are left out of the message, and not looked at.
    static func decode(_ bytes: [UInt8], withRows: Bool = true) throws(Malformed) -> PublicationMessage {
        var decoder = PublicationDecoder(bytes: bytes, withRows: withRows)
        return try decoder.message()
    }

    private init(bytes: [UInt8], withRows: Bool) {
        self.bytes = bytes
        self.withRows = withRows
    }

    private mutating func message() throws(Malformed) -> PublicationMessage {
        switch try byte() {
        case UInt8(ascii: "B"):
            let commit = LogSequenceNumber(try integer(UInt64.self))
            let time = try integer(Int64.self) + Self.epoch
            return .begin(commit: commit, time: time, transaction: try integer(UInt32.self))
        case UInt8(ascii: "C"):
            _ = try byte()
            _ = try integer(UInt64.self)
            return .commit(end: LogSequenceNumber(try integer(UInt64.self)))
        case UInt8(ascii: "R"):
            let id = try integer(UInt32.self)
            let schema = try string()
            let table = try string()
            _ = try byte()
            let count = Int(try integer(UInt16.self))
            var columns: [PublicationMessage.Column] = []
            for _ in 0..<count {
                let flags = try byte()
                let name = try string()
                let type = try integer(UInt32.self)
                _ = try integer(Int32.self)
                columns.append(.init(isKey: flags & 1 != 0, name: name, type: type))
            }
            return .relation(id: id, schema: schema, table: table, columns: columns)
        case UInt8(ascii: "I"):
            let relation = try integer(UInt32.self)
            _ = try byte()
            return .insert(relation: relation, row: try row())
        case UInt8(ascii: "U"):
            let relation = try integer(UInt32.self)
            guard withRows else { return .update(relation: relation, old: nil, row: []) }
            let kind = try byte()
            guard kind != UInt8(ascii: "N") else { return .update(relation: relation, old: nil, row: try row()) }
            let old = try row()
            _ = try byte()
            return .update(relation: relation, old: kind == UInt8(ascii: "K") ? old : nil, row: try row())
        case UInt8(ascii: "D"):
            let relation = try integer(UInt32.self)
            _ = try byte()
            return .delete(relation: relation, old: try row())
        case UInt8(ascii: "T"):
            let count = Int(try integer(UInt32.self))
            _ = try byte()
            var relations: [UInt32] = []
            for _ in 0..<count { relations.append(try integer(UInt32.self)) }
            return .truncate(relations: relations)
        default:
            return .other
        }
    }

    private mutating func row() throws(Malformed) -> [PublicationMessage.Value] {
        guard withRows else { return [] }
        let count = Int(try integer(UInt16.self))
        var values: [PublicationMessage.Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count {
            switch try byte() {
            case UInt8(ascii: "n"): values.append(.null)
            case UInt8(ascii: "u"): values.append(.unchanged)
            case UInt8(ascii: "t"):
                let length = Int(try integer(UInt32.self))
                guard length <= bytes.count - position else { throw malformed }
                values.append(.text(Array(bytes[position..<position + length])))
                position += length
            default: throw malformed
            }
        }
        return values
    }

    // MARK: - Pieces

    private var malformed: Malformed { Malformed(kind: bytes.first) }

    private mutating func byte() throws(Malformed) -> UInt8 {
        guard position < bytes.count else { throw malformed }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws(Malformed) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard bytes.count - position >= size else { throw malformed }
        defer { position += size }
        return bytes[position..<position + size].reduce(0) { $0 << 8 | Integer(truncatingIfNeeded: $1) }
    }

    private mutating func string() throws(Malformed) -> String {
        guard let end = bytes[position...].firstIndex(of: 0) else { throw malformed }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }
}
