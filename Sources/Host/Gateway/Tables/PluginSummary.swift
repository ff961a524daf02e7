// What the gateway shows of a loaded plugin.

/// A loaded table and the plugin that brought it.
package struct PluginSummary: Sendable, Equatable {
    package let table: String
    package let name: String
    package let version: String

    package init(table: String, name: String, version: String) {
        self.table = table
        self.name = name
        self.version = version
    }
}
