// Why a Redis command has no reply.

/// A failure of the connection, not of a command: an error that the server answered is a `RedisReply.error`.
package struct RedisError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The URL is none that this module understands.
        case invalidURL = "invalid_url"
        /// No connection at the moment; nothing was sent.
        case unavailable
        /// The connection broke with the commands under way: they may or may not have run.
        case connectionLost = "connection_lost"
        /// The server did not answer in time: the commands may or may not have run, now or later.
        case timedOut = "timed_out"
        /// The server answers, but this project can't work with it: too old, a replica, no `run_id`.
        case unsupportedServer = "unsupported_server"
        /// User or password were refused, or missing.
        case authentication
        /// `close()` was called.
        case closed
    }

    package let code: Code
    /// A sentence for people. Never contains a password.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Only somebody's hand can change it: to wait for a connection is of no use.
    var isLasting: Bool { code == .unsupportedServer || code == .authentication }

    package var description: String { message }
}
