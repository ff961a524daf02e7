// A file of the plugin folder as a reload finds it.

/// What is known of a file before any of its code has run.
enum PluginCandidate: Sendable {
    /// What is in service.
    case unchanged
    /// Another one, whose form is right; its trial comes next.
    case new(StoredPlugin, ELFImage)
    case refused(PluginFailure)

    /// The copy that has to be tried; `nil` for the others.
    var new: StoredPlugin? {
        if case .new(let stored, _) = self { return stored }
        return nil
    }
}
