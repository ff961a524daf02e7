// A file of the plugin folder as a reload finds it.

/// What is known of a file before any of its code has run.
enum PluginCandidate: Sendable {
    /// What is in service.
    case unchanged
    /// Another one, whose form is right; its trial comes next.
    case new(ExaminedPlugin)
    case refused(PluginFailure)

    /// The copy that has to be tried; `nil` for the others.
    var new: ExaminedPlugin? {
        if case .new(let plugin) = self { return plugin }
        return nil
    }
}
