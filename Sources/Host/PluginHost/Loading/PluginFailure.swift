// Why a plugin is not loaded.

/// A reason to refuse a file: a sentence that names the rule and says what to do. It never holds file contents.
package struct PluginFailure: Error, CustomStringConvertible {
    package let description: String
    /// Whether the only reason is that another file serves one of its tables.
    let isAboutOtherFile: Bool

    init(_ description: String, isAboutOtherFile: Bool = false) {
        self.description = description
        self.isAboutOtherFile = isAboutOtherFile
    }

    /// The descriptor names a function that the file lacks.
    static func missingFunction(_ name: String) -> PluginFailure {
        PluginFailure("its descriptor names the function \(name), which the file does not export")
    }
}
