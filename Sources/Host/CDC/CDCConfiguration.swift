// What the capture process reads from its environment.
import Postgres
package import Settings
package import Streams

/// The configuration of `jspg-cdc`.
package struct CDCConfiguration: HostConfiguration {
    package var common: CommonSettings
    package var nats: NATSSettings
    package var databaseURL: String
    package var host: String
    package var port: Int
    package var slot: String
    package var publication: String
    /// Whether the rows that there are when the slot is made are published.
    package var takesSnapshot: Bool
    package var events: EventDetail
    package var streamMaximumBytes: Int

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
        "What is published for a transaction: an event for each row that it changed, or one for each table, without rows, which "
            + "costs less and is all that caches need.")

    package static let settings: [SettingDescription] =
        NATSSettings.descriptions + [
            HostSettings.databaseURL.description, slot.description,
            publication.description, snapshot.description, events.description, HostSettings.host.description,
            port.description, HostSettings.changeStreamMaximumBytes.description,
        ] + CommonSettings.descriptions

    package init(reading settings: SettingsReader) throws(SettingError) {
        common = try CommonSettings(reading: settings)
        nats = try NATSSettings(reading: settings)
        databaseURL = try settings.value(of: HostSettings.databaseURL)
        host = try settings.value(of: HostSettings.host)
        port = try settings.value(of: Self.port)
        slot = try settings.value(of: Self.slot)
        publication = try settings.value(of: Self.publication)
        takesSnapshot = try settings.value(of: Self.snapshot)
        events = try settings.value(of: Self.events)
        streamMaximumBytes = try settings.value(of: HostSettings.changeStreamMaximumBytes)
    }
}
