// Makes replies of bytes, with hiredis' parser. Everything unsafe about hiredis is in this file.
internal import CHiredis
internal import NIOCore

/// Owns a `redisReader`. Takes bytes in pieces of any size. Not `Sendable`: it lives with its connection.
final class RedisReplyReader {
    private let reader: UnsafeMutablePointer<redisReader>

    /// - Throws: `unavailable` where there is no memory.
    init() throws(RedisError) {
        guard let reader = redisReaderCreate() else {
            throw RedisError(.unavailable, "There is no memory for a connection to Redis.")
        }
        self.reader = reader
    }

    deinit {
        redisReaderFree(reader)
    }

    /// Copies `bytes` behind those that are not used up.
    ///
    /// - Throws: `connectionLost` where an earlier reply was malformed.
    func feed(_ bytes: ByteBuffer) throws(RedisError) {
        let result = bytes.withUnsafeReadableBytes { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return REDIS_OK }
            return redisReaderFeed(reader, base.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        if result != REDIS_OK { throw malformed() }
    }

    /// The next reply; `nil` where more of it has to come.
    ///
    /// - Throws: `connectionLost` where the bytes are no RESP2.
    func next() throws(RedisError) -> RedisReply? {
        var pointer: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &pointer) == REDIS_OK else { throw malformed() }
        guard let pointer else { return nil }
        defer { freeReplyObject(pointer) }
        return RedisReply(copying: pointer.assumingMemoryBound(to: redisReply.self))
    }

    private func malformed() -> RedisError {
        let reason = withUnsafeBytes(of: &reader.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(.connectionLost, "What Redis answered can't be read: \(reason).")
    }
}

@available(*, unavailable)
extension RedisReplyReader: Sendable {}

extension RedisReply {
    /// Copies the tree; the caller goes on owning it.
    fileprivate init(copying reply: UnsafePointer<redisReply>) {
        let value = reply.pointee
        let bytes = UnsafeRawBufferPointer(start: value.str, count: value.str == nil ? 0 : value.len)
        switch value.type {
        case REDIS_REPLY_STRING: self = .string(Array(bytes))
        case REDIS_REPLY_STATUS: self = .status(String(decoding: bytes, as: UTF8.self))
        case REDIS_REPLY_ERROR: self = .error(String(decoding: bytes, as: UTF8.self))
        case REDIS_REPLY_INTEGER: self = .integer(value.integer)
        case REDIS_REPLY_ARRAY:
            self = .array(
                UnsafeBufferPointer(start: value.element, count: value.element == nil ? 0 : value.elements)
                    .map { element in element.map { RedisReply(copying: $0) } ?? .null })
        default: self = .null
        }
    }
}
