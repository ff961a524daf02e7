// What the read API reads from its environment.
package import HTTP
import PluginHosting
package import Settings
package import Streams

/// The read API's configuration.
package struct ReadAPIConfiguration: PluginHostingConfiguration {
    package var common: CommonSettings
    package var nats: NATSSettings
    package var databaseURL: String
    package var redisURL: String
    package var server: HTTPServerConfiguration
    package var plugins: PluginSettings
    package var changeStreamMaximumBytes: Int
    /// Connections to PostgreSQL; as many queries can run at the same time.
    package var databaseConnections: Int
    /// How long a list stays in the cache at most.
    package var cacheLifetime: Duration
    /// The in-process layer of the cache; 0 switches it off.
    package var localCacheBytes: Int

    private static let port = HostSettings.port(default: 3001)
    private static let databaseConnections = Setting<Int>.integer(
        "DATABASE_CONNECTIONS", default: 8, in: 1...64,
        "Connections to PostgreSQL; as many queries can run at the same time.")
    private static let cacheLifetime = Setting<Duration>.seconds(
        "CACHE_TTL", default: 30, in: 1...3_600,
        "How long a list stays in the cache at most; writes make it stale at once anyway.")
    private static let localCacheBytes = Setting<Int>.integer(
        "LOCAL_CACHE_BYTES", default: 67_108_864, in: 0...Int.max, unit: "bytes",
        "The cache within the process, checked against Redis at each read; 0 switches it off.")

    package static let settings: [SettingDescription] =
        NATSSettings.descriptions + [
            HostSettings.databaseURL.description, HostSettings.redisURL.description,
            HostSettings.host.description, port.description, HostSettings.maximumHeaderBytes.description,
            HostSettings.maximumBodyBytes.description, HostSettings.idleTimeout.description,
            databaseConnections.description, cacheLifetime.description, localCacheBytes.description,
            HostSettings.changeStreamMaximumBytes.description,
        ] + CommonSettings.descriptions + PluginSettings.descriptions

    package init(reading settings: SettingsReader) throws(SettingError) {
        common = try CommonSettings(reading: settings)
        nats = try NATSSettings(reading: settings)
        databaseURL = try settings.value(of: HostSettings.databaseURL)
        redisURL = try settings.value(of: HostSettings.redisURL)
        server = HTTPServerConfiguration(
            host: try settings.value(of: HostSettings.host), port: try settings.value(of: Self.port),
            maximumHeaderBytes: try settings.value(of: HostSettings.maximumHeaderBytes),
            maximumBodyBytes: try settings.value(of: HostSettings.maximumBodyBytes),
            idleTimeout: try settings.value(of: HostSettings.idleTimeout))
        plugins = try PluginSettings(reading: settings)
        changeStreamMaximumBytes = try settings.value(of: HostSettings.changeStreamMaximumBytes)
        databaseConnections = try settings.value(of: Self.databaseConnections)
        cacheLifetime = try settings.value(of: Self.cacheLifetime)
        localCacheBytes = try settings.value(of: Self.localCacheBytes)
    }
}
