// What a server says about itself, and whether this project can work with it.

/// Read from the sections `server` and `replication` of `INFO` (https://redis.io/docs/latest/commands/info/).
struct RedisServer: Sendable, Equatable {
    /// `Redis` or `Valkey`.
    let product: String
    let version: String
    /// 40 hexadecimal digits, chosen anew at each start of the server.
    let runID: String

    /// - Throws: `unsupportedServer` with a sentence that says what is the matter.
    init(info: String) throws(RedisError) {
        var fields: [Substring: Substring] = [:]
        for line in info.split(whereSeparator: \.isNewline) where line.first != "#" {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...]
        }
        let minimum: Int
        if let valkey = fields["valkey_version"] {
            (product, version, minimum) = ("Valkey", String(valkey), 8)
        } else if let redis = fields["redis_version"] {
            (product, version, minimum) = ("Redis", String(redis), 7)
        } else {
            throw RedisError(.unsupportedServer, "The server does not tell its version; it is no Redis or Valkey.")
        }
        guard let major = version.split(separator: ".").first.flatMap({ Int($0) }), major >= minimum else {
            throw RedisError(
                .unsupportedServer,
                "The server is \(product) \(version); Redis 7 or newer, or Valkey 8 or newer, is needed.")
        }
        guard let runID = fields["run_id"], !runID.isEmpty else {
            throw RedisError(
                .unsupportedServer, "The server's INFO has no run_id, without which its restarts go unseen.")
        }
        guard fields["role"] ?? "master" == "master" else {
            throw RedisError(.unsupportedServer, "The server is a replica; the Redis URL must name the primary.")
        }
        self.runID = String(runID)
    }
}
