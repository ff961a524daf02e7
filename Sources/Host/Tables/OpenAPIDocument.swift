// OpenAPI documents of the hosts.
import JSON

/// OpenAPI 3.1, built from the tables in service.
package enum OpenAPIDocument {
    package static func gateway(_ tables: [TableDescriptor], version: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("openapi", "3.1.0")
        writer.endObject()
        return writer.bytes
    }

    package static func readAPI(_ tables: [TableDescriptor], version: String) -> [UInt8] {
        gateway(tables, version: version)
    }
}
