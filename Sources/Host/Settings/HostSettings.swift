// The environment variables that several hosts read. What one host alone reads is in its configuration, and each host's
// configuration lists all that it reads.
package import Logging
package import Telemetry

/// The settings that hosts share.
package enum HostSettings {
    // MARK: Where the servers are

    package static let natsURL = Setting<String>.url(
        "NATS_URL", default: "nats://localhost:4222", schemes: ["nats", "tls"], isList: true,
        "NATS servers with JetStream; several with commas between them.")

    package static let natsCertificateAuthority = Setting<String>.text(
        "NATS_CA_FILE", default: "",
        "A PEM file with the authorities that may have signed the certificate of a tls:// server; empty: the system's.")

    package static let natsCredentials = Setting<String>.text(
        "NATS_CREDENTIALS_FILE", default: "",
        "A .creds file (JWT and key) for servers with decentralized authentication, in the place of what NATS_URL has.")

    package static let databaseURL = Setting<String>.url(
        "DATABASE_URL", default: "postgres://jetstream:jetstream@localhost:5432/jetstream",
        schemes: ["postgres", "postgresql"], "The PostgreSQL database.")

    package static let redisURL = Setting<String>.url(
        "REDIS_URL", default: "redis://localhost:6379", schemes: ["redis", "unix"], "The Redis or Valkey server.")

    // MARK: HTTP

    package static func port(default defaultValue: Int) -> Setting<Int> {
        .integer("PORT", default: defaultValue, in: 0...65_535, "The TCP port to listen on; 0 takes any free one.")
    }

    package static let host = Setting<String>.text(
        "HOST", default: "0.0.0.0",
        "The address to listen on. The hosts ask nobody who they are: keep it on a network of your own.")

    package static let maximumBodyBytes = Setting<Int>.integer(
        "MAX_BODY_BYTES", default: 1_048_576, in: 1_024...67_108_864, unit: "bytes",
        "The largest request body; a larger one is answered 413.")

    package static let maximumHeaderBytes = Setting<Int>.integer(
        "MAX_HEADER_BYTES", default: 16_384, in: 1_024...1_048_576, unit: "bytes",
        "The largest request line and header section; a larger one is answered 431.")

    package static let idleTimeout = Setting<Duration>.seconds(
        "IDLE_TIMEOUT", default: 75, in: 1...3_600,
        "A connection without a request for this long is closed, and one that sends a request or takes an answer more "
            + "slowly than 500 bytes a second.")

    // MARK: Logs

    package static let logLevel = Setting<Logger.Level>.choice(
        "LOG_LEVEL", default: "info", of: Logger.Level.allCases.map { ($0.rawValue, $0) },
        synonyms: ["warn": "warning", "err": "error", "fatal": "critical"],
        "The least severe level that is logged.")

    package static let logFormat = Setting<LogFormat>.choice(
        "LOG_FORMAT", default: LogFormat.json.rawValue, of: LogFormat.allCases.map { ($0.rawValue, $0) },
        "One JSON object a line, or text for people.")

    // MARK: Plugins

    package static let pluginDirectory = Setting<String>.path(
        "PLUGIN_DIR", default: "/opt/jspg/plugins", "The folder of the plugins (*.so).")

    package static let pluginState = Setting<String>.path(
        "PLUGIN_STATE", default: "/var/lib/jspg",
        "A folder that the hosts of a machine share, for copies of plugins and what is known about them; not on a mount "
            + "with noexec.")

    package static let pluginWatch = Setting<Bool>.flag(
        "PLUGIN_WATCH", default: false,
        "Reload by itself when the plugin folder has changed; without it SIGHUP or `jspg reload` does.")

    package static let pluginAdmission = Setting<Bool>.choice(
        "PLUGIN_ADMISSION", default: "ownership", of: [("ownership", false), ("lock", true)],
        "What makes a plugin trusted: who owns it and may change it, or that plugins.lock lists its SHA-256.")

    // MARK: Start and stop

    package static let startTimeout = Setting<Duration>.seconds(
        "START_TIMEOUT", default: 60, in: 1...3_600,
        "How long to wait at start for a server that can't be reached before giving up.")

    package static let shutdownGrace = Setting<Duration>.seconds(
        "SHUTDOWN_GRACE", default: 20, in: 0...600,
        "How long what is in hand may take after SIGTERM.")

    // MARK: Streams

    package static let streamReplicas = Setting<Int>.integer(
        "STREAM_REPLICAS", default: 1, in: 1...5, "How many servers of a NATS cluster hold each message.")

    package static let streamMaximumBytes = Setting<Int>.integer(
        "STREAM_MAX_BYTES", default: 1_073_741_824, in: 1_048_576...Int.max, unit: "bytes",
        "The size at which the stream of writes is full and further writes are answered 503.")

    package static let changeStreamMaximumBytes = Setting<Int>.integer(
        "CDC_STREAM_MAX_BYTES", default: 1_073_741_824, in: 1_048_576...Int.max, unit: "bytes",
        "The size from which on the stream of changes forgets its oldest ones; the same for all hosts.")
}
