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
                writeBatch(table, to: &writer)
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
                    content("application/json", &writer) { writer in
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
                responses(
                    [("200", "a status for each id"), ("400", "the body is wrong"), ("413", "it is too large"), away],
                    to: &writer)
            }
        }
        writer.name("/status/{operationId}")
        object(&writer) { writer in
            operation("get", "How far an operation is", id: "status", to: &writer) { writer in
                parameters(&writer) { writer in
                    parameter("operationId", in: "path", format: "uuid", to: &writer)
                    // The write's Location has the others; without them an operation that has not ended is `queued`.
                    for name in ["seq", "table", "partition", "fp", "wait"] {
                        parameter(name, in: "query", format: nil, to: &writer)
                    }
                }
                responses(
                    [
                        (
                            "200",
                            "queued, processing, completed or failed: at once, or after `wait` (10s; 30s at most); with "
                                + "`Accept: text/event-stream` each change until the end"
                        ), ("400", "the id is no UUID, or `wait` no number of seconds"), ("404", "no such operation"),
                        away,
                    ], to: &writer)
            }
        }
        writer.name("/tables")
        object(&writer) { writer in
            operation("get", "The tables in service and what the last reload did", id: "tables", to: &writer) {
                responses([("200", "each with its plugin and descriptor")], to: &$0)
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
        ("202", "stored; Location is the status"),
        ("400", "the body or the key is wrong: `errors` names each place; nothing was stored"),
        ("404", noTable), ("405", "the table does not declare this operation; see Allow"),
        ("409", "with `Prefer: wait`: the operation failed"), ("413", "the body is too large"),
        ("415", "the body is no application/json"), ("422", "the key was used for another request"),
        ("429", "too many writes of this client; see Retry-After"),
        ("500", "the table's plugin failed or crashed; nothing was stored"), ("501", noPreconditions),
        ("503", "try again; see Retry-After"),
    ]
    private static let noTable = "no plugin serves the table"
    private static let noPreconditions = "If-Match and its like can't be evaluated; nothing was stored"

    private static func writeCollection(_ table: TableDescriptor, to writer: inout JSONWriter) {
        guard table.operations.contains(.create) else { return }
        writer.name("/\(table.name)")
        object(&writer) { writer in write(.create, table, to: &writer) }
    }

    private static func writeBatch(_ table: TableDescriptor, to writer: inout JSONWriter) {
        writer.name("/\(table.name)/batch")
        object(&writer) { writer in
            operation("post", "Many writes of \(table.name), one a line", id: "batch_\(table.name)", to: &writer) {
                writer in
                writer.name("requestBody")
                object(&writer) { writer in
                    writer.member("required", true)
                    writer.member(
                        "description",
                        "NDJSON: each line has `idempotencyKey`, `op` (create where it is missing), `id` (but for create) "
                            + "and `data` (but for delete). The answer has to be read while the lines are sent.")
                    content("application/x-ndjson", &writer) { writer in
                        object(&writer) { $0.member("type", "string") }
                    }
                }
                responses(
                    [
                        (
                            "200",
                            "NDJSON, a line for each line in order: `line`, `code`, `body`, and `location` where it was stored"
                        ), ("404", noTable), ("415", "the body is no application/x-ndjson"), ("501", noPreconditions),
                    ], to: &writer)
            }
        }
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
                // `wait=5`: for the end, 30 s at most (RFC 7240).
                parameter("Prefer", in: "header", isRequired: false, format: nil, to: &writer)
            }
            if kind != .delete {
                writer.name("requestBody")
                object(&writer) { writer in
                    writer.member("required", true)
                    content("application/json", &writer) { body(table, requiresMembers: kind != .update, to: &$0) }
                }
            }
            let end = (kind == .create ? "201" : "200", "with `Prefer: wait`: it has been applied")
            responses([end] + writeResponses, to: &writer)
        }
    }

    // MARK: - Reads

    private static let unchanged = "If-None-Match names what the client would get"
    private static let away = ("503", "PostgreSQL can't be asked now; see Retry-After")

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
                responses(
                    [("200", "a page"), ("304", unchanged), ("400", "a parameter is wrong"), ("404", noTable), away],
                    to: &writer)
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
                responses([("200", "text/event-stream, until the client leaves"), ("404", noTable)], to: &writer)
            }
        }
        writer.name("/\(table.name)/{id}")
        object(&writer) { writer in
            operation("get", "A row of \(table.name)", id: "get_\(table.name)", to: &writer) { writer in
                parameters(&writer) { parameter("id", in: "path", format: nil, to: &$0) }
                responses(
                    [
                        ("200", "the row"), ("304", unchanged), ("400", "the id has another type than the table's key"),
                        ("404", "no such row or table"), away,
                    ], to: &writer)
            }
        }
    }

    // MARK: - Pieces

    static func object(_ writer: inout JSONWriter, _ members: (inout JSONWriter) -> Void) {
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

    private static func content(
        _ mediaType: String, _ writer: inout JSONWriter, _ schema: (inout JSONWriter) -> Void
    ) {
        writer.name("content")
        object(&writer) { writer in
            writer.name(mediaType)
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
