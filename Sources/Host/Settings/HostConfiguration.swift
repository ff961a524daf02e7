// What a host's configuration must offer to be read and documented.

/// A host's configuration: a struct in one file, read once at start.
package protocol HostConfiguration: Sendable {
    /// The settings it reads, in the order in which `--help` prints them.
    static var settings: [SettingDescription] { get }

    /// - Throws: `SettingError` for the first value that can't be used.
    init(reading settings: SettingsReader) throws(SettingError)
}
