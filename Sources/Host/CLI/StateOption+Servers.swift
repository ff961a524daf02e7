// Which servers a command talks to.
import JetStream
import Logging
import Postgres
import Redis
import Settings
import Stack
import Streams

/// Those of the developer stack that `--state` names, else NATS_URL, DATABASE_URL and REDIS_URL.
extension StateOption {
    private func url(_ name: String, _ setting: Setting<String>) throws -> String {
        try value(of: setting) { stack in
            guard let url = stack.urls[name] else {
                throw CommandFailure("\(Endpoints.path(state: path)) does not say where \(name) is")
            }
            return url
        }
    }

    /// - Throws: `CommandFailure`.
    func nats() async throws -> NATSConnection {
        do {
            let settings = try NATSSettings(reading: SettingsReader(), url: try url("nats", HostSettings.natsURL))
            return try await settings.connect(as: "jspg", within: .seconds(5), logger: Logger(label: "jspg"))
        } catch {
            throw CommandFailure("NATS can't be used: \(error). Check NATS_URL, or name a stack with --state")
        }
    }

    /// - Throws: `CommandFailure`.
    func database() async throws -> PostgresConnection {
        do {
            return try await PostgresConnection.connect(
                PostgresConfiguration(url: url("database", HostSettings.databaseURL), applicationName: "jspg"),
                logger: Logger(label: "jspg"))
        } catch {
            throw CommandFailure("PostgreSQL can't be used: \(error). Check DATABASE_URL, or name a stack with --state")
        }
    }

    /// - Throws: `CommandFailure` for a URL that is none. A Redis that is away shows when it is used.
    func redis() throws -> RedisConnection {
        do {
            return RedisConnection(
                try RedisConfiguration(url: url("redis", HostSettings.redisURL)), logger: Logger(label: "jspg"))
        } catch {
            throw CommandFailure("REDIS_URL can't be used: \(error)")
        }
    }
}
