// What the capture process reads from its environment.
package import Logging
import Postgres
package import Settings
package import Streams
package import Telemetry

/// The configuration of `jspg-cdc`.
package struct CDCConfiguration: HostConfiguration {
    package var nats: NATSSettings
    package var databaseURL: String
    package var host: String
    package var port: Int
    package var logLevel: Logger.Level
    package var logFormat: LogFormat
    package var slot: String
    package var publication: String
    /// Whether the rows that there are when the slot is made are published.
    package var takesSnapshot: Bool
    package var events: EventDetail
    package var streamReplicas: Int
    package var streamMaximumBytes: Int
    package var startTimeout: Duration
    package var shutdownGrace: Duration

    private static let port = HostSettings.port(default: 3003)
    private static let slot = Setting<String>.text(
        "CDC_SLOT", default: "jspg_cdc", "The logical replication slot; made where there is none.")
    private static let publication = Setting<String>.text(
        "CDC_PUBLICATION", default: ChangePublication.name,
        "The publication whose tables are captured. Processors add their tables to \(ChangePublication.name); any other one is "
            + "yours to fill.")

    private static let snapshot = Setting<Bool>.choice(
        "CDC_SNAPSHOT", default: "never", of: [("never", false), ("initial", true)],
        "Whether the rows that there are when the slot is made are published as reads first. Caches do without.")
    private static let events = Setting<EventDetail>.choice(
        "CDC_EVENTS", default: "rows", of: [("rows", .rows), ("tables", .tables)],
        "What a transaction is told by: an event for each row that it changed, or one for each table, without rows, which "
            + "costs less and is all that caches need.")

    package static let settings: [SettingDescription] =
        NATSSettings.descriptions + [
            HostSettings.databaseURL.description, slot.description,
            publication.description, snapshot.description, events.description, HostSettings.host.description,
            port.description,
            HostSettings.logLevel.description,
            HostSettings.logFormat.description, HostSettings.streamReplicas.description,
            HostSettings.changeStreamMaximumBytes.description,
            HostSettings.startTimeout.description, HostSettings.shutdownGrace.description,
        ]

    package init(reading settings: SettingsReader) throws(SettingError) {
        nats = try NATSSettings(reading: settings)
        databaseURL = try settings.value(of: HostSettings.databaseURL)
        host = try settings.value(of: HostSettings.host)
        port = try settings.value(of: Self.port)
        logLevel = try settings.value(of: HostSettings.logLevel)
        logFormat = try settings.value(of: HostSettings.logFormat)
        slot = try settings.value(of: Self.slot)
        publication = try settings.value(of: Self.publication)
        takesSnapshot = try settings.value(of: Self.snapshot)
        events = try settings.value(of: Self.events)
        streamReplicas = try settings.value(of: HostSettings.streamReplicas)
        streamMaximumBytes = try settings.value(of: HostSettings.changeStreamMaximumBytes)
        startTimeout = try settings.value(of: HostSettings.startTimeout)
        shutdownGrace = try settings.value(of: HostSettings.shutdownGrace)
    }
}
