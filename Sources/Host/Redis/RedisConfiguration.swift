// Where the Redis server is and how long to wait for it.
import Encodings

/// Read from a URL: `redis://[user:password@]host[:port][/database]` or, for a socket,
/// `unix://[user:password@]/path/to/socket[?db=database]`.
///
/// The syntax is the one that other clients use (IANA registrations `redis`, redis-cli(1) `-u`).
package struct RedisConfiguration: Sendable, Hashable {
    package enum Address: Sendable, Hashable {
        case tcp(host: String, port: Int)
        /// The path of a socket in the file system.
        case unix(path: String)
    }

    package let address: Address
    /// Redis' ACL user; `nil`: the default user.
    package let username: String?
    package let password: String?
    /// 0 to 15 unless the server is configured otherwise.
    package let database: Int
    /// How long opening a connection may take.
    package var connectTimeout: Duration = .seconds(2)
    /// How long the server may be silent while commands are under way; then the connection is given up.
    package var commandTimeout: Duration = .seconds(1)
    /// What `CLIENT LIST` shows; without spaces.
    package var clientName = "jspg"

    package init(url: String) throws(RedisError) {
        guard let separator = url.firstRange(of: "://") else {
            throw RedisError(.invalidURL, "A Redis URL begins with redis:// or unix://.")
        }
        let scheme = url[..<separator.lowerBound].lowercased()
        var rest = url[separator.upperBound...]
        switch scheme {
        case "redis", "unix", "redis+unix": break
        case "rediss", "valkeys":
            throw RedisError(
                .invalidURL,
                "TLS to Redis is not supported. Use a tunnel or a socket, and redis:// or unix://.")
        default:
            throw RedisError(.invalidURL, "A Redis URL begins with redis:// or unix://, not with \(scheme)://.")
        }
        var options: [(name: String, value: String)] = []
        if let mark = rest.firstIndex(of: "?") {
            options = try Self.options(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        let authorityEnd = rest.firstIndex(of: "/") ?? rest.endIndex
        if let at = rest[..<authorityEnd].lastIndex(of: "@") {
            let credentials = rest[..<at]
            rest = rest[rest.index(after: at)...]
            if let colon = credentials.firstIndex(of: ":") {
                let user = try Self.percentDecoded(credentials[..<colon])
                username = user.isEmpty ? nil : user
                password = try Self.percentDecoded(credentials[credentials.index(after: colon)...])
            } else {
                throw RedisError(.invalidURL, "The Redis URL has a user without a password; write user:password@.")
            }
        } else {
            username = nil
            password = nil
        }
        var databaseText = options.first { $0.name == "db" }?.value
        if scheme == "redis" {
            let end = rest.firstIndex(of: "/") ?? rest.endIndex
            address = try Self.tcpAddress(rest[..<end])
            let path = rest[end...].dropFirst()
            if !path.isEmpty { databaseText = String(path) }
        } else {
            guard rest.first == "/", rest.count > 1 else {
                throw RedisError(.invalidURL, "A Redis URL for a socket has an absolute path: unix:///run/redis.sock.")
            }
            address = .unix(path: try Self.percentDecoded(rest))
        }
        guard let number = databaseText.map({ Int($0) }) ?? 0, (0...1_000_000).contains(number) else {
            throw RedisError(.invalidURL, "The database in the Redis URL is no number: \(databaseText ?? "").")
        }
        database = number
    }

    private static func options(_ query: Substring) throws(RedisError) -> [(name: String, value: String)] {
        var options: [(name: String, value: String)] = []
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == "db" else {
                throw RedisError(.invalidURL, "The Redis URL has an unknown option; only db is one.")
            }
            options.append((String(parts[0]), String(parts[1])))
        }
        return options
    }

    private static func tcpAddress(_ text: Substring) throws(RedisError) -> Address {
        var host = text
        var portText: Substring?
        if text.first == "[" {
            guard let close = text.firstIndex(of: "]") else {
                throw RedisError(.invalidURL, "The IPv6 address in the Redis URL lacks its closing bracket.")
            }
            host = text[text.index(after: text.startIndex)..<close]
            let tail = text[text.index(after: close)...]
            guard tail.isEmpty || tail.first == ":" else {
                throw RedisError(.invalidURL, "After the IPv6 address, the Redis URL has something other than a port.")
            }
            if !tail.isEmpty { portText = tail.dropFirst() }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw RedisError(.invalidURL, "The Redis URL has no host.") }
        guard let port = portText.map({ Int($0) }) ?? 6_379, (1...65_535).contains(port) else {
            throw RedisError(.invalidURL, "The port in the Redis URL is none of 1 to 65535.")
        }
        return .tcp(host: String(host), port: port)
    }

    private static func percentDecoded(_ text: Substring) throws(RedisError) -> String {
        guard let decoded = PercentEncoding.decoded(text) else {
            throw RedisError(
                .invalidURL, "The Redis URL has a % that no two hexadecimal digits follow, or bytes that are not UTF-8."
            )
        }
        return decoded
    }
}

extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible {
    /// The address and the database; never user or password.
    package var description: String {
        let suffix = database == 0 ? "" : " database \(database)"
        return switch address {
        case .tcp(let host, let port): "\(host.contains(":") ? "[\(host)]" : host):\(port)\(suffix)"
        case .unix(let path): "\(path)\(suffix)"
        }
    }

    package var debugDescription: String { description }
}

extension RedisConfiguration: CustomReflectable {
    /// So that `dump` and failing expectations don't show the password either.
    package var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}
