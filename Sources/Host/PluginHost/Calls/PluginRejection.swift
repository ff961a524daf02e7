// What a plugin says against a request.
package import Operations

/// A plugin's function did not accept what it was given.
package struct PluginRejection: Error, Sendable {
    /// Everything that the plugin reported; never empty.
    package let errors: [FieldError]
    /// Whether the plugin itself failed, rather than the request being wrong.
    package let isFault: Bool
    /// Whether the plugin rejected the request and reported no error, which the header does not allow.
    var isSilent = false

    /// The plugin did what no plugin may.
    static func fault(_ sentence: String) -> PluginRejection {
        PluginRejection(errors: [FieldError(pointer: "", code: "plugin_failed", message: sentence)], isFault: true)
    }

    package var sentence: String { errors.first?.message ?? "no reason was given" }
}
