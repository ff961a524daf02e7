// A value in the environment that a host can't start with.

/// One variable's value that can't be used. The description is the sentence that the host prints before it exits 64.
package struct SettingError: Error, Sendable, CustomStringConvertible {
    package let description: String

    /// - Parameters:
    ///   - setting: the variable.
    ///   - text: its value; shown masked where it is a secret.
    ///   - reason: what is wrong, as the end of a sentence: "is out of range".
    package init(_ setting: SettingDescription, text: String, reason: String) {
        let allowed = setting.allowed.isEmpty ? "" : " Allowed: \(setting.allowed)."
        description =
            "\(setting.name)=\(setting.shown(text)) \(reason).\(allowed) Set \(setting.name) to a valid value, or "
            + "leave it out for the default (\(setting.shown(setting.defaultText)))."
    }
}
