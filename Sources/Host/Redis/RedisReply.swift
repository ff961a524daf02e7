// What a Redis server answers to a command.

/// A reply of the protocol RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/).
package enum RedisReply: Sendable, Hashable {
    case string([UInt8])
    case integer(Int64)
    case array([RedisReply])
    case null
    /// `OK`, `PONG`, `QUEUED`.
    case status(String)
    /// The server refused the command: `OOM command not allowed …`, `WRONGTYPE …`.
    case error(String)

    /// The bytes of a string; `nil` for every other kind.
    package var bytes: [UInt8]? {
        if case .string(let bytes) = self { bytes } else { nil }
    }

    /// A string or a status as text; `nil` for every other kind and for bytes that are not UTF-8.
    package var text: String? {
        switch self {
        case .string(let bytes): String(validating: bytes, as: UTF8.self)
        case .status(let text): text
        default: nil
        }
    }

    package var elements: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The server's message where it refused the command.
    package var errorMessage: String? {
        if case .error(let message) = self { message } else { nil }
    }
}
