// The plugin host's configuration from the environment.
package import PluginHost
package import Settings

extension PluginHostConfiguration {
    package init(_ settings: PluginSettings) {
        self.init(
            directory: settings.directory, state: settings.state, isAdmittedByLock: settings.isAdmittedByLock)
    }
}
