// How a host starts, logs, keeps its streams and ends.
package import Logging
package import Telemetry

/// The settings that every host has.
package struct CommonSettings: Sendable {
    package let logLevel: Logger.Level
    package let logFormat: LogFormat
    package let streamReplicas: Int
    package let startTimeout: Duration
    package let shutdownGrace: Duration

    package static let descriptions: [SettingDescription] = [
        HostSettings.logLevel.description, HostSettings.logFormat.description,
        HostSettings.streamReplicas.description, HostSettings.startTimeout.description,
        HostSettings.shutdownGrace.description,
    ]

    package init(reading settings: SettingsReader) throws(SettingError) {
        logLevel = try settings.value(of: HostSettings.logLevel)
        logFormat = try settings.value(of: HostSettings.logFormat)
        streamReplicas = try settings.value(of: HostSettings.streamReplicas)
        startTimeout = try settings.value(of: HostSettings.startTimeout)
        shutdownGrace = try settings.value(of: HostSettings.shutdownGrace)
    }
}
