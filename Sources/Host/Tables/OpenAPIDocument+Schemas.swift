// The schemas of request bodies in OpenAPI documents.
import JSON

extension OpenAPIDocument {
    /// The schema of a request's body.
    static func body(_ table: TableDescriptor, requiresMembers: Bool, to writer: inout JSONWriter) {
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
                } else if keyword == "enum" && column.isNullable {
                    values(value, to: &writer)
                } else if keyword == "const" && column.isNullable {
                    constant(value, to: &writer)
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

    /// An `enum` with `null` beside its values: a column that takes it does so whatever its schema lists.
    private static func values(_ list: JSONValue, to writer: inout JSONWriter) {
        writer.name("enum")
        writer.beginArray()
        for value in list.elements { writer.raw(value.source) }
        if !list.elements.contains(where: \.isNull) { writer.null() }
        writer.endArray()
    }

    /// A `const` that `null` may stand in for.
    private static func constant(_ value: JSONValue, to writer: inout JSONWriter) {
        writer.name("anyOf")
        writer.beginArray()
        object(&writer) { writer in
            writer.name("const")
            writer.raw(value.source)
        }
        object(&writer) { $0.member("type", "null") }
        writer.endArray()
    }
}
