// Where plugins come from and who may bring them.

/// The settings that every host with plugins has.
package struct PluginSettings: Sendable {
    package let directory: String
    package let state: String
    /// Whether the folder is watched.
    package let isWatching: Bool
    /// Whether `plugins.lock` stands in the place of ownership.
    package let isAdmittedByLock: Bool

    package static let descriptions: [SettingDescription] = [
        HostSettings.pluginDirectory.description, HostSettings.pluginState.description,
        HostSettings.pluginWatch.description, HostSettings.pluginAdmission.description,
    ]

    package init(reading settings: SettingsReader) throws(SettingError) {
        directory = try settings.value(of: HostSettings.pluginDirectory)
        state = try settings.value(of: HostSettings.pluginState)
        isWatching = try settings.value(of: HostSettings.pluginWatch)
        isAdmittedByLock = try settings.value(of: HostSettings.pluginAdmission)
    }
}
