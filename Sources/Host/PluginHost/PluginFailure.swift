// Why a plugin is not loaded.

/// A reason to refuse a file: a sentence that names the rule and says what to do. It never holds file contents.
struct PluginFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
