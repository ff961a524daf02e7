// Reads settings from the environment.
package import Configuration

/// Reads `Setting`s through swift-configuration. A variable that is empty counts as not set, so that a compose file
/// may pass on variables that nobody filled in.
package struct SettingsReader: Sendable {
    private let reader: ConfigReader

    /// Reads the environment of this process.
    package init() {
        self.init(ConfigReader(provider: EnvironmentVariablesProvider(secretsSpecifier: .all)))
    }

    /// Reads the variables given.
    package init(variables: [String: String]) {
        let provider = EnvironmentVariablesProvider(environmentVariables: variables, secretsSpecifier: .all)
        self.init(ConfigReader(provider: provider))
    }

    /// Reads from any provider whose keys become variable names (`nats.url` is `NATS_URL`).
    package init(_ reader: ConfigReader) {
        self.reader = reader
    }

    /// - Throws: `SettingError`, a whole sentence, where the variable's text can't be used.
    package func value<Value>(of setting: Setting<Value>) throws(SettingError) -> Value {
        let text = text(of: setting.description)
        do {
            return try setting.parse(text)
        } catch {
            throw SettingError(setting.description, text: text, reason: error.reason)
        }
    }

    /// The values in force, masked, for a line in the log.
    package func shown(_ settings: [SettingDescription]) -> [(name: String, value: String)] {
        settings.map { ($0.name, $0.shown(text(of: $0))) }
    }

    private func text(of setting: SettingDescription) -> String {
        let key = ConfigKey(setting.name.lowercased().split(separator: "_").map(String.init))
        guard let text = reader.string(forKey: key, isSecret: setting.secrecy != .open), !text.isEmpty else {
            return setting.defaultText
        }
        return text
    }
}
