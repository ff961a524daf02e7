// What one look at the plugin folder has found.

/// What is to be in service after a look. A value of the loader thread's own: nothing of it is in service before the host
/// takes it over, all at once.
struct FolderLook: Sendable {
    /// By the file's name in the plugin folder.
    var installed: [String: PluginHostState.Installed]
    var outcomes: [ReloadReport.Outcome] = []

    /// Whether nothing of a file is in service that should be: a table that is not served may be one of its own. A file that
    /// another one keeps out has its table in service.
    var mayLackTables: Bool {
        outcomes.contains { outcome in
            guard case .failed = outcome.kind else { return false }
            return outcome.tables.isEmpty && !outcome.isAboutOtherFile
        }
    }
}
