// What the processor reads from its environment.
import PluginHosting
package import Settings
package import Streams

/// The processor's configuration.
package struct ProcessorConfiguration: PluginHostingConfiguration {
    package var common: CommonSettings
    package var nats: NATSSettings
    package var databaseURL: String
    package var redisURL: String
    package var host: String
    package var port: Int
    package var plugins: PluginSettings
    package var streamMaximumBytes: Int
    /// Connections to PostgreSQL; as many batches can be in their transaction at the same time.
    package var databaseConnections: Int
    /// Whether the migrations of a plugin are applied when it is loaded.
    package var migratesAtLoad: Bool
    package var operationRetention: Duration
    /// How long a write waits for a processor that serves its table.
    package var unservedGrace: Duration

    private static let port = HostSettings.port(default: 3002)
    private static let databaseConnections = Setting<Int>.integer(
        "DATABASE_CONNECTIONS", default: 4, in: 1...64,
        "Connections to PostgreSQL; as many batches can be in their transaction at the same time.")
    private static let migrate = Setting<Bool>.flag(
        "MIGRATE", default: true, "Whether a plugin's migrations are applied when it is loaded.")

    private static let unservedGrace = Setting<Duration>.seconds(
        "UNSERVED_GRACE", default: 3_600, in: 2...2_592_000,
        "How long a write to a table that no processor has ever served waits before it is given up.")
    private static let operationRetention = Setting<Duration>.seconds(
        "OPERATION_RETENTION", default: 604_800, in: 300...315_360_000,
        "How long write_operations keeps ended operations; a key that is sent again later is a new operation.")

    package static let settings: [SettingDescription] =
        NATSSettings.descriptions + [
            HostSettings.databaseURL.description, HostSettings.redisURL.description,
            HostSettings.host.description, port.description, migrate.description,
            databaseConnections.description, operationRetention.description, unservedGrace.description,
            HostSettings.streamMaximumBytes.description,
        ] + CommonSettings.descriptions + PluginSettings.descriptions

    package init(reading settings: SettingsReader) throws(SettingError) {
        common = try CommonSettings(reading: settings)
        nats = try NATSSettings(reading: settings)
        databaseURL = try settings.value(of: HostSettings.databaseURL)
        redisURL = try settings.value(of: HostSettings.redisURL)
        host = try settings.value(of: HostSettings.host)
        port = try settings.value(of: Self.port)
        plugins = try PluginSettings(reading: settings)
        streamMaximumBytes = try settings.value(of: HostSettings.streamMaximumBytes)
        databaseConnections = try settings.value(of: Self.databaseConnections)
        unservedGrace = try settings.value(of: Self.unservedGrace)
        operationRetention = try settings.value(of: Self.operationRetention)
        migratesAtLoad = try settings.value(of: Self.migrate)
    }
}
