// What the configuration of a host with plugins has.
package import Settings

/// The configuration of a host that loads plugins.
package protocol PluginHostingConfiguration: HostConfiguration {
    var common: CommonSettings { get }
    var plugins: PluginSettings { get }
}
