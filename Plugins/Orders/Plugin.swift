// The entry of the plugin.
public import PluginAPI

@c(jspg_plugin_register)
public func register(host: Registrar) -> Registration { host.add(Orders.self, plugin: "Orders", "1.0.0") }
