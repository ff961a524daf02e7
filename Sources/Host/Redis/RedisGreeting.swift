// What is said on a new connection before anything else.

/// Logs in and asks the server who it is, in one round trip. Pure.
struct RedisGreeting {
    private let configuration: RedisConfiguration
    let commands: [RedisCommand]

    init(_ configuration: RedisConfiguration) {
        self.configuration = configuration
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            let user = configuration.username.map { [$0] } ?? []
            commands.append(RedisCommand(words: ["AUTH"] + user + [password]))
        }
        commands.append(RedisCommand("PING"))
        if configuration.database != 0 { commands.append(RedisCommand("SELECT", String(configuration.database))) }
        commands += [
            RedisCommand("CLIENT", "SETNAME", configuration.clientName), RedisCommand("INFO", "server"),
            RedisCommand("INFO", "replication"),
        ]
        self.commands = commands
    }

    /// - Parameter replies: one for each command.
    /// - Throws: `authentication`, `unsupportedServer`, or `unavailable` where the server is not ready.
    func server(_ replies: [RedisReply]) throws(RedisError) -> RedisServer {
        for (position, reply) in replies.enumerated() {
            guard let message = reply.errorMessage else { continue }
            let isLogin = position == 0 && configuration.password != nil
            if isLogin || ["NOAUTH", "NOPERM", "WRONGPASS"].contains(where: { message.hasPrefix($0) }) {
                // No more of it than the first word: some servers repeat what they do not understand.
                let code = message.prefix { $0 != " " }
                throw RedisError(.authentication, "Redis at \(configuration) refused the user or the password: \(code)")
            }
            throw RedisError(.unavailable, "Redis at \(configuration) is not ready: \(message)")
        }
        return try RedisServer(info: replies.suffix(2).map { $0.text ?? "" }.joined(separator: "\r\n"))
    }
}
