// One command: a name and its arguments.

/// Arguments are bytes, of any value and length. They lie in one array, so that a command of many small arguments
/// costs two allocations.
package struct RedisCommand: Sendable, Hashable {
    /// All arguments, one after the other.
    private(set) var bytes: [UInt8] = []
    /// The length of each argument, the command's name included.
    private(set) var lengths: [Int] = []

    /// - Parameter words: the name and its arguments as text: `RedisCommand("SET", key, value)`.
    package init(_ words: String...) {
        self.init(words: words)
    }

    package init(words: some Sequence<String>) {
        for word in words { append(word) }
    }

    package mutating func append(_ argument: String) {
        let before = bytes.count
        bytes.append(contentsOf: argument.utf8)
        lengths.append(bytes.count - before)
    }

    package mutating func append(_ argument: some Collection<UInt8>) {
        bytes.append(contentsOf: argument)
        lengths.append(argument.count)
    }

    /// The size by which pipelines are cut.
    var size: Int { bytes.count }
}

extension RedisCommand: ExpressibleByArrayLiteral {
    package init(arrayLiteral words: String...) {
        self.init(words: words)
    }
}
