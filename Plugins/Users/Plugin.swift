// The entry of the plugin.
public import PluginAPI

@c(jspg_plugin_register)
public func register(host: Registrar) -> Registration { host.add(Users.self, plugin: "Users", "1.0.0") }
