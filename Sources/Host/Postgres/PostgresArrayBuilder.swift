// Arrays in PostgreSQL's binary format, built in one buffer.

/// Builds the wire form of a one-dimensional array (`array_recv` in PostgreSQL's `arrayfuncs.c`): one append for each
/// element, no allocation for each.
package struct PostgresArrayBuilder: Sendable {
    package enum Element: Sendable {
        case text, uuid, int8, bool, bytea, timestamptz

        var type: UInt32 {
            switch self {
            case .text: ObjectID.text
            case .uuid: ObjectID.uuid
            case .int8: ObjectID.int8
            case .bool: ObjectID.bool
            case .bytea: ObjectID.bytea
            case .timestamptz: ObjectID.timestamptz
            }
        }

        var arrayType: UInt32 {
            switch self {
            case .text: 1009
            case .uuid: 2951
            case .int8: 1016
            case .bool: 1000
            case .bytea: 1001
            case .timestamptz: 1185
            }
        }
    }

    let element: Element
    private var bytes: [UInt8] = []
    private var count: Int32 = 0
    private var hasNull = false

    private static let headerSize = 20

    /// - Parameter count: how many elements to expect; any number may be appended.
    package init(of element: Element, count: Int) {
        self.element = element
        bytes.reserveCapacity(Self.headerSize + count * 20)
        bytes.append(contentsOf: repeatElement(0, count: Self.headerSize))
    }

    package mutating func appendNull() {
        append(length: -1)
        hasNull = true
    }

    // Nothing here is generic: in another module that would be called without specialization, for each element.

    /// The element's binary form: UTF-8 for text, 16 bytes for a UUID.
    package mutating func append(_ value: UnsafeRawBufferPointer) {
        append(length: Int32(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func append(_ value: [UInt8]) {
        append(length: Int32(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    package mutating func append(_ value: Bool) {
        append(length: 1)
        bytes.append(value ? 1 : 0)
    }

    /// For the types of eight bytes.
    package mutating func append(integer value: Int64) {
        append(length: 8)
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(length: Int32) {
        count += 1
        withUnsafeBytes(of: length.bigEndian) { bytes.append(contentsOf: $0) }
    }

    var finished: [UInt8] {
        var finished = bytes
        // Dimensions, whether there are NULLs, element type, length, lower bound.
        let header: [Int32] = [count == 0 ? 0 : 1, hasNull ? 1 : 0, Int32(bitPattern: element.type), count, 1]
        var position = 0
        for field in header {
            withUnsafeBytes(of: field.bigEndian) { finished.replaceSubrange(position..<(position + 4), with: $0) }
            position += 4
        }
        // An array without elements has no dimensions, and its header ends after the type.
        return count == 0 ? Array(finished.prefix(12)) : finished
    }
}
