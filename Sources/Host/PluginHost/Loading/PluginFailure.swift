// Why a plugin is not loaded.

/// A reason to refuse a file: a sentence that names the rule and says what to do. It never holds file contents.
package struct PluginFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }

    /// The descriptor names a function that the file lacks.
    static func missingFunction(_ name: String) -> PluginFailure {
        PluginFailure("its descriptor names the function \(name), which the file does not export")
    }
}
