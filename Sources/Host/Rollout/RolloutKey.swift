// The keys of the bucket that the hosts agree in.
import PluginHost

/// What an entry of the bucket `jspg_hosts` is about.
enum RolloutKey: Equatable {
    /// `host.{role}.{id}`: which schema versions a host has.
    case host(PluginHost.Role, id: String)
    /// `active.{table}`: which schema version of a table is in service.
    case active(table: String)

    /// `nil` for a key of no such form.
    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "active": self = .active(table: String(parts[1]))
        case "host":
            let rest = parts[1].split(separator: ".", maxSplits: 1)
            guard rest.count == 2, let role = PluginHost.Role(rawValue: String(rest[0])) else { return nil }
            self = .host(role, id: String(rest[1]))
        default: return nil
        }
    }

    var text: String {
        switch self {
        case .host(let role, let id): "host.\(role.rawValue).\(id)"
        case .active(let table): "active.\(table)"
        }
    }
}
