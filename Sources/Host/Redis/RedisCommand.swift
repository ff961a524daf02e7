// One command: a name and its arguments.
package import NIOCore

/// Arguments are bytes, of any value and length. They lie as they go over the wire, so that a command of many small
/// arguments costs one allocation.
package struct RedisCommand: Sendable, Hashable {
    /// Each argument as a bulk string of RESP2, one after the other
    /// (https://redis.io/docs/latest/develop/reference/protocol-spec/).
    private var arguments: [UInt8] = []
    /// How many arguments there are, the command's name included.
    private var count = 0

    /// - Parameter words: the name and its arguments as text: `RedisCommand("SET", key, value)`.
    package init(_ words: String...) {
        self.init(words: words)
    }

    package init(words: some Sequence<String>) {
        for word in words { append(word) }
    }

    package mutating func append(_ argument: String) {
        append(argument.utf8)
    }

    package mutating func append(_ argument: some Collection<UInt8>) {
        arguments.append(UInt8(ascii: "$"))
        Self.append(argument.count, to: &arguments)
        arguments.append(contentsOf: argument)
        arguments.append(0x0D)
        arguments.append(0x0A)
        count += 1
    }

    /// Appends the command as it goes over the wire.
    package func write(to buffer: inout ByteBuffer) {
        var start = [UInt8(ascii: "*")]
        Self.append(count, to: &start)
        buffer.writeBytes(start)
        buffer.writeBytes(arguments)
    }

    /// Decimal digits and the end of the line.
    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: String(number).utf8)
        bytes.append(0x0D)
        bytes.append(0x0A)
    }
}

extension RedisCommand: ExpressibleByArrayLiteral {
    package init(arrayLiteral words: String...) {
        self.init(words: words)
    }
}
