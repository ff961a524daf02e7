// What the gateway reads from its environment.
package import HTTP
package import Logging
package import Settings
package import Telemetry

/// The gateway's configuration.
package struct GatewayConfiguration: HostConfiguration {
    package var natsURL: String
    package var host: String
    package var port: Int
    package var logLevel: Logger.Level
    package var logFormat: LogFormat
    package var plugins: PluginSettings
    package var maximumBodyBytes: Int
    package var maximumHeaderBytes: Int
    package var maximumBufferedBytes: Int
    package var maximumInFlight: Int
    package var publishTimeout: Duration
    package var commitBatch: Int
    package var recentKeys: Int
    package var idleTimeout: Duration
    package var streamReplicas: Int
    package var streamMaximumBytes: Int
    package var startTimeout: Duration
    package var shutdownGrace: Duration

    private static let port = HostSettings.port(default: 3000)

    package static let settings: [SettingDescription] =
        [
            HostSettings.natsURL.description, HostSettings.host.description, port.description,
            HostSettings.logLevel.description, HostSettings.logFormat.description,
            HostSettings.maximumBodyBytes.description, HostSettings.maximumHeaderBytes.description,
            HostSettings.maximumBufferedBytes.description, HostSettings.maximumInFlight.description,
            HostSettings.publishTimeout.description, HostSettings.commitBatch.description,
            HostSettings.recentKeys.description, HostSettings.idleTimeout.description,
            HostSettings.streamReplicas.description, HostSettings.streamMaximumBytes.description,
            HostSettings.startTimeout.description, HostSettings.shutdownGrace.description,
        ] + PluginSettings.descriptions

    package init(reading settings: SettingsReader) throws(SettingError) {
        natsURL = try settings.value(of: HostSettings.natsURL)
        host = try settings.value(of: HostSettings.host)
        port = try settings.value(of: Self.port)
        logLevel = try settings.value(of: HostSettings.logLevel)
        logFormat = try settings.value(of: HostSettings.logFormat)
        plugins = try PluginSettings(reading: settings)
        maximumBodyBytes = try settings.value(of: HostSettings.maximumBodyBytes)
        maximumHeaderBytes = try settings.value(of: HostSettings.maximumHeaderBytes)
        maximumBufferedBytes = try settings.value(of: HostSettings.maximumBufferedBytes)
        maximumInFlight = try settings.value(of: HostSettings.maximumInFlight)
        publishTimeout = try settings.value(of: HostSettings.publishTimeout)
        commitBatch = try settings.value(of: HostSettings.commitBatch)
        recentKeys = try settings.value(of: HostSettings.recentKeys)
        idleTimeout = try settings.value(of: HostSettings.idleTimeout)
        streamReplicas = try settings.value(of: HostSettings.streamReplicas)
        streamMaximumBytes = try settings.value(of: HostSettings.streamMaximumBytes)
        startTimeout = try settings.value(of: HostSettings.startTimeout)
        shutdownGrace = try settings.value(of: HostSettings.shutdownGrace)
    }

    package var server: HTTPServerConfiguration {
        HTTPServerConfiguration(
            host: host, port: port, maximumHeaderBytes: maximumHeaderBytes, maximumBodyBytes: maximumBodyBytes,
            idleTimeout: idleTimeout)
    }

    package var limits: WriteGateLimits {
        var limits = WriteGateLimits()
        limits.maximumInFlight = maximumInFlight
        limits.recentKeys = recentKeys
        return limits
    }
}
