// One environment variable that a host understands.

/// An environment variable: its name, what it means, its type, default and range, and how its text is read.
///
/// The default is text too and goes through the same parser, so that what `--help` prints is what is used.
package struct Setting<Value: Sendable>: Sendable {
    /// What `--help` and docs/settings.md show of it.
    package let description: SettingDescription
    /// Reads the variable's text; throws what is wrong with it as the end of a sentence ("is …").
    let parse: @Sendable (String) throws(SettingFault) -> Value

    /// - Parameters:
    ///   - description: name, type, default, range and sentence.
    ///   - parse: reads the variable's text. A `SettingFault` says what is wrong, without the text itself where the
    ///     setting is a secret.
    package init(
        _ description: SettingDescription, parse: @escaping @Sendable (String) throws(SettingFault) -> Value
    ) {
        self.description = description
        self.parse = parse
    }
}
