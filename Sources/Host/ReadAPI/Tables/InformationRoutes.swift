// GET /tables and GET /openapi.json
import HTTP
import Hummingbird
import JSON
import PluginHost
import Settings
import Tables

/// What is loaded.
struct InformationRoutes: Sendable {
    let plugins: PluginHost

    func add(to router: Router<HostRequestContext>) {
        router.get("tables") { _, _ in
            Response(status: .ok, mediaType: "application/json", headers: [.cacheControl: "no-store"], bytes: tables)
        }
        router.get("openapi.json") { _, _ in
            Response(
                status: .ok, mediaType: "application/json",
                bytes: OpenAPIDocument.readAPI(plugins.tables.all.map(\.descriptor), version: Release.version))
        }
        router.refuseOtherMethods("tables", allowed: [.get])
        router.refuseOtherMethods("openapi.json", allowed: [.get])
    }

    /// Each table's descriptor with its plugin's identity, and what the last reload did.
    private var tables: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 4_096)
        writer.beginObject()
        writer.name("tables")
        writer.beginArray()
        for table in plugins.tables.all {
            writer.beginObject()
            PluginHostFile.Table(table).writeMembers(to: &writer)
            writer.name("descriptor")
            writer.raw(table.descriptor.source)
            writer.endObject()
        }
        writer.endArray()
        let report = plugins.report
        writer.name("reload")
        writer.beginObject()
        writer.member("id", report.id)
        writer.name("outcomes")
        writer.beginArray()
        for outcome in report.outcomes { PluginHostFile.Outcome(outcome).write(to: &writer) }
        writer.endArray()
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
