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
        arguments.append(contentsOf: "$\(argument.count)\r\n".utf8)
        arguments.append(contentsOf: argument)
        arguments.append(0x0D)
        arguments.append(0x0A)
        count += 1
    }

    /// Appends the command as it goes over the wire.
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeString("*\(count)\r\n")
        buffer.writeBytes(arguments)
    }
}

extension RedisCommand: ExpressibleByArrayLiteral {
    package init(arrayLiteral words: String...) {
        self.init(words: words)
    }
}
