// One open connection, over hiredis' blocking calls. Everything unsafe about hiredis is in this file.
internal import CHiredis

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Owns a `redisContext` from connecting to `deinit`. Not `Sendable`: it lives and dies on one thread.
final class RedisSession {
    private let context: UnsafeMutablePointer<redisContext>
    let server: RedisServer

    /// Connects, logs in and asks the server who it is. Blocks for the connect timeout plus a command timeout at most
    /// (and for the resolver, which has its own).
    init(_ configuration: RedisConfiguration) throws(RedisError) {
        let timeout = timeval(configuration.connectTimeout)
        let opened =
            switch configuration.address {
            case .tcp(let host, let port): redisConnectWithTimeout(host, Int32(port), timeout)
            case .unix(let path): redisConnectUnixWithTimeout(path, timeout)
            }
        guard let opened else { throw RedisError(.unavailable, "There is no memory for a connection to Redis.") }
        do throws(RedisError) {
            if opened.pointee.err != 0 {
                let reason = Self.message(of: opened)
                throw RedisError(.unavailable, "Redis can't be reached at \(configuration): \(reason).")
            }
            redisSetTimeout(opened, timeval(configuration.commandTimeout))
            if case .tcp = configuration.address { redisEnableKeepAlive(opened) }
            server = try Self.greet(opened, configuration)
        } catch {
            redisFree(opened)
            throw error
        }
        context = opened
    }

    deinit {
        redisFree(context)
    }

    /// Readable while nothing is under way means that the server closed the connection.
    var descriptor: Int32 { context.pointee.fd }

    /// Adds a command to what the next `reply()` writes.
    func append(_ command: RedisCommand) throws(RedisError) {
        try Self.append(command, to: context)
    }

    /// The next reply, in the order of the commands. Writes what was appended and blocks until it is there.
    func reply() throws(RedisError) -> RedisReply {
        try Self.reply(from: context)
    }

    private static func greet(
        _ context: UnsafeMutablePointer<redisContext>, _ configuration: RedisConfiguration
    ) throws(RedisError) -> RedisServer {
        func ask(_ command: RedisCommand, isLogin: Bool = false) throws(RedisError) -> RedisReply {
            try append(command, to: context)
            let reply = try reply(from: context)
            guard let message = reply.errorMessage else { return reply }
            if isLogin || ["NOAUTH", "NOPERM", "WRONGPASS"].contains(where: { message.hasPrefix($0) }) {
                throw RedisError(
                    .authentication, "Redis at \(configuration) refused the user or the password: \(message)")
            }
            throw RedisError(.unavailable, "Redis at \(configuration) is not ready: \(message)")
        }
        if let password = configuration.password {
            let user = configuration.username.map { [$0] } ?? []
            _ = try ask(RedisCommand(words: ["AUTH"] + user + [password]), isLogin: true)
        }
        _ = try ask(RedisCommand("PING"))
        if configuration.database != 0 { _ = try ask(RedisCommand("SELECT", String(configuration.database))) }
        _ = try ask(RedisCommand("CLIENT", "SETNAME", configuration.clientName))
        let info = try ask(RedisCommand("INFO", "server")).text ?? ""
        let replication = try ask(RedisCommand("INFO", "replication")).text ?? ""
        return try RedisServer(info: info + "\r\n" + replication)
    }

    private static func append(
        _ command: RedisCommand, to context: UnsafeMutablePointer<redisContext>
    ) throws(RedisError) {
        let result = command.bytes.withUnsafeBytes { bytes in
            // An empty array may have no address; hiredis reads nothing through the pointers of empty arguments.
            let base = bytes.baseAddress ?? UnsafeRawPointer(context)
            var offset = 0
            var arguments = command.lengths.map { length -> UnsafePointer<CChar>? in
                defer { offset += length }
                return (base + offset).assumingMemoryBound(to: CChar.self)
            }
            return redisAppendCommandArgv(context, Int32(arguments.count), &arguments, command.lengths)
        }
        guard result == REDIS_OK else { throw RedisError(.connectionLost, "Redis: \(message(of: context)).") }
    }

    private static func reply(from context: UnsafeMutablePointer<redisContext>) throws(RedisError) -> RedisReply {
        var pointer: UnsafeMutableRawPointer?
        let result = redisGetReply(context, &pointer)
        let reason = errno
        guard result == REDIS_OK, let pointer else {
            if context.pointee.err == REDIS_ERR_IO, reason == EAGAIN || reason == EWOULDBLOCK || reason == ETIMEDOUT {
                throw RedisError(.timedOut, "Redis did not answer in time.")
            }
            throw RedisError(.connectionLost, "The connection to Redis broke: \(message(of: context)).")
        }
        defer { freeReplyObject(pointer) }
        return RedisReply(copying: pointer.assumingMemoryBound(to: redisReply.self))
    }

    private static func message(of context: UnsafeMutablePointer<redisContext>) -> String {
        withUnsafeBytes(of: &context.pointee.errstr) { bytes in
            let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            return text.isEmpty ? "unknown error" : text
        }
    }
}

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

extension timeval {
    /// At least 1 ms: zero would mean without limit.
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = max(duration, .milliseconds(1)).components
        self.init(tv_sec: Int(seconds), tv_usec: numericCast(attoseconds / 1_000_000_000_000))
    }
}
