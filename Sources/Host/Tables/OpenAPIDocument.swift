// OpenAPI documents of the hosts, made from the tables in service.
import JSON
import Operations

/// OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1): the routes of each table with the schemas that its plugin declares.
package enum OpenAPIDocument {
    /// The write routes.
    package static func gateway(_ tables: [TableDescriptor], version: String) -> [UInt8] {
        document("jspg gateway", "Accepts writes and stores them; each is applied a moment later.", version) { writer in
            for table in tables {
                writeCollection(table, to: &writer)
                writeRow(table, to: &writer)
            }
        }
    }

    /// The read routes.
    package static func readAPI(_ tables: [TableDescriptor], version: String) -> [UInt8] {
        document("jspg read API", "Lists, rows, and the status of operations.", version) { writer in
            for table in tables { writeReads(table, to: &writer) }
            writeStatuses(to: &writer)
        }
    }

    private static func writeStatuses(to writer: inout JSONWriter) {
        writer.name("/status")
        object(&writer) { writer in
            operation("post", "How far several operations are", id: "statuses", to: &writer) { writer in
                writer.name("requestBody")
                object(&writer) { writer in
                    writer.member("required", true)
                    content(&writer) { writer in
                        object(&writer) { writer in
                            writer.member("type", "object")
                            writer.name("properties")
                            object(&writer) { writer in
                                writer.name("operationIds")
                                object(&writer) { writer in
                                    writer.member("type", "array")
                                    writer.name("items")
                                    object(&writer) { $0.member("type", "string") }
                                }
                            }
                        }
                    }
                }
                responses([("200", "a status for each id"), ("400", "the body is wrong")], to: &writer)
            }
        }
        writer.name("/status/{operationId}")
        object(&writer) { writer in
            operation("get", "How far an operation is", id: "status", to: &writer) { writer in
                parameters(&writer) { parameter("operationId", in: "path", format: "uuid", to: &$0) }
                responses(
                    [("200", "queued, processing, completed or failed"), ("404", "no such operation")], to: &writer)
            }
        }
    }

    private static func document(
        _ title: String, _ description: String, _ version: String, paths: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 4_096)
        object(&writer) { writer in
            writer.member("openapi", "3.1.0")
            writer.name("info")
            object(&writer) { writer in
                writer.member("title", title)
                writer.member("description", description)
                writer.member("version", version)
            }
            writer.name("paths")
            object(&writer, paths)
        }
        return writer.bytes
    }

    // MARK: - Writes

    private static let writeResponses = [
        ("202", "stored; Location is the status"), ("400", "the body or the key is wrong; nothing was stored"),
        ("422", "the key was used for another request"), ("503", "try again; see Retry-After"),
    ]

    private static func writeCollection(_ table: TableDescriptor, to writer: inout JSONWriter) {
        guard table.operations.contains(.create) else { return }
        writer.name("/\(table.name)")
        object(&writer) { writer in write(.create, table, to: &writer) }
    }

    private static func writeRow(_ table: TableDescriptor, to writer: inout JSONWriter) {
        let kinds = [OperationKind.upsert, .update, .delete].filter(table.operations.contains)
        guard !kinds.isEmpty else { return }
        writer.name("/\(table.name)/{id}")
        object(&writer) { writer in
            for kind in kinds { write(kind, table, to: &writer) }
        }
    }

    private static func write(_ kind: OperationKind, _ table: TableDescriptor, to writer: inout JSONWriter) {
        operation(
            kind.method.lowercased(), "\(kind.rawValue) a row of \(table.name)", id: "\(kind.rawValue)_\(table.name)",
            to: &writer
        ) { writer in
            parameters(&writer) { writer in
                if kind != .create { parameter("id", in: "path", format: nil, to: &writer) }
                parameter("Idempotency-Key", in: "header", format: nil, to: &writer)
            }
            if kind != .delete {
                writer.name("requestBody")
                object(&writer) { writer in
                    writer.member("required", true)
                    content(&writer) { body(table, requiresMembers: kind != .update, to: &$0) }
                }
            }
            responses(writeResponses, to: &writer)
        }
    }

    /// The schema of a request's body.
    private static func body(_ table: TableDescriptor, requiresMembers: Bool, to writer: inout JSONWriter) {
        object(&writer) { writer in
            writer.member("type", "object")
            writer.member("additionalProperties", false)
            let required = table.columns.filter { $0.isRequired }.compactMap(\.jsonName)
            if requiresMembers && !required.isEmpty {
                writer.name("required")
                writer.beginArray()
                for name in required { writer.string(name) }
                writer.endArray()
            }
            writer.name("properties")
            object(&writer) { writer in
                for column in table.columns {
                    guard let name = column.jsonName else { continue }
                    writer.name(name)
                    schema(column, to: &writer)
                }
            }
        }
    }

    /// What the plugin declares of a column, with the type that follows from SQL where it says none.
    private static func schema(_ column: ColumnDescriptor, to writer: inout JSONWriter) {
        object(&writer) { writer in
            if column.schema?["type"] == nil, let type = column.type.jsonType {
                Self.type(type.rawValue, of: column, to: &writer)
            }
            if column.schema?["format"] == nil, let format = column.type.format {
                writer.member("format", format.rawValue)
            }
            guard let schema = column.schema else { return }
            for (keyword, value) in schema.members {
                if keyword == "type", let name = value.string {
                    Self.type(name, of: column, to: &writer)
                } else {
                    writer.name(keyword)
                    writer.raw(value.source)
                }
            }
        }
    }

    /// With `null` beside the type where the column takes it.
    private static func type(_ name: String, of column: ColumnDescriptor, to writer: inout JSONWriter) {
        guard column.isNullable else { return writer.member("type", name) }
        writer.name("type")
        writer.beginArray()
        writer.string(name)
        writer.string("null")
        writer.endArray()
    }

    // MARK: - Reads

    private static func writeReads(_ table: TableDescriptor, to writer: inout JSONWriter) {
        writer.name("/\(table.name)")
        object(&writer) { writer in
            operation("get", "Rows of \(table.name)", id: "list_\(table.name)", to: &writer) { writer in
                parameters(&writer) { writer in
                    var names = ["limit", "offset", "after", "sort", "fields"]
                    for filter in table.filters {
                        names += filter.operators.map {
                            $0 == .equal ? filter.parameter : "\(filter.parameter)[\($0.rawValue)]"
                        }
                    }
                    for name in names { parameter(name, in: "query", format: nil, to: &writer) }
                }
                responses([("200", "a page"), ("400", "a parameter is wrong")], to: &writer)
            }
        }
        writer.name("/events/\(table.name)")
        object(&writer) { writer in
            operation(
                "get", "Server-sent events: `change` each time rows of \(table.name) changed",
                id: "events_\(table.name)", to: &writer
            ) { writer in
                parameters(&writer) {
                    parameter("Last-Event-ID", in: "header", isRequired: false, format: nil, to: &$0)
                }
                responses([("200", "text/event-stream, until the client leaves")], to: &writer)
            }
        }
        writer.name("/\(table.name)/{id}")
        object(&writer) { writer in
            operation("get", "A row of \(table.name)", id: "get_\(table.name)", to: &writer) { writer in
                parameters(&writer) { parameter("id", in: "path", format: nil, to: &$0) }
                responses([("200", "the row"), ("404", "no such row")], to: &writer)
            }
        }
    }

    // MARK: - Pieces

    private static func object(_ writer: inout JSONWriter, _ members: (inout JSONWriter) -> Void) {
        writer.beginObject()
        members(&writer)
        writer.endObject()
    }

    private static func operation(
        _ method: String, _ summary: String, id: String, to writer: inout JSONWriter,
        _ members: (inout JSONWriter) -> Void
    ) {
        writer.name(method)
        object(&writer) { writer in
            writer.member("summary", summary)
            writer.member("operationId", id)
            members(&writer)
        }
    }

    private static func parameters(_ writer: inout JSONWriter, _ elements: (inout JSONWriter) -> Void) {
        writer.name("parameters")
        writer.beginArray()
        elements(&writer)
        writer.endArray()
    }

    private static func parameter(
        _ name: String, in place: String, isRequired: Bool? = nil, format: String?, to writer: inout JSONWriter
    ) {
        object(&writer) { writer in
            writer.member("name", name)
            writer.member("in", place)
            writer.member("required", isRequired ?? (place != "query"))
            writer.name("schema")
            object(&writer) { writer in
                writer.member("type", "string")
                if let format { writer.member("format", format) }
            }
        }
    }

    private static func content(_ writer: inout JSONWriter, _ schema: (inout JSONWriter) -> Void) {
        writer.name("content")
        object(&writer) { writer in
            writer.name("application/json")
            object(&writer) { writer in
                writer.name("schema")
                schema(&writer)
            }
        }
    }

    private static func responses(_ responses: [(status: String, description: String)], to writer: inout JSONWriter) {
        writer.name("responses")
        object(&writer) { writer in
            for (status, description) in responses {
                writer.name(status)
                object(&writer) { $0.member("description", description) }
            }
        }
    }
}
