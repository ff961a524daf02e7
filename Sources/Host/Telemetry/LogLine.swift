// One log event as bytes.
import JSON
import Logging

/// What a log line says, and its two forms.
struct LogLine: Sendable {
    let time: String
    let level: Logger.Level
    let service: String
    let message: String
    let fields: Logger.Metadata

    /// A longer value is cut here, so that a line stays a line.
    private static let maximumValueBytes = 2_048

    /// One JSON object and a line feed.
    var json: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.member("time", time)
        writer.member("level", level.rawValue)
        writer.member("service", service)
        writer.member("message", Self.cut(message))
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            writer.name(Self.reserved.contains(key) ? "\(key)_" : key)
            Self.write(value, to: &writer)
        }
        writer.endObject()
        var bytes = writer.bytes
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// Time, level, service, message and `key=value` pairs. Control characters are shown as escapes.
    var text: [UInt8] {
        var line = "\(time) \(level.rawValue.uppercased()) \(service): \(Self.printable(Self.cut(message)))"
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            let shown = Self.printable(Self.cut(value.description))
            line += shown.contains(" ") ? " \(key)=\"\(shown)\"" : " \(key)=\(shown)"
        }
        line += "\n"
        return Array(line.utf8)
    }

    /// The members that every line has; a field of the same name gets an underscore.
    private static let reserved: Set<String> = ["time", "level", "service", "message"]

    private static func write(_ value: Logger.MetadataValue, to writer: inout JSONWriter) {
        switch value {
        case .string(let text):
            writer.string(cut(text))
        case .stringConvertible(let convertible):
            switch convertible {
            case let number as Int: writer.number(number)
            case let number as Int64: writer.number(number)
            case let number as UInt64: writer.raw(Array(String(number).utf8))
            case let number as Int32: writer.number(Int(number))
            case let number as Double where number.isFinite: writer.number(number)
            case let flag as Bool: writer.bool(flag)
            default: writer.string(cut(convertible.description))
            }
        case .array(let values):
            writer.beginArray()
            for value in values { write(value, to: &writer) }
            writer.endArray()
        case .dictionary(let values):
            writer.beginObject()
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                writer.name(key)
                write(value, to: &writer)
            }
            writer.endObject()
        }
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > maximumValueBytes else { return text }
        return "\(String(decoding: text.utf8.prefix(maximumValueBytes), as: UTF8.self))…"
    }

    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar.value < 0x20 || scalar.value == 0x7F {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
}
