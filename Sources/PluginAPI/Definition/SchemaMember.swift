// A member of an object in a schema.

/// One member of ``Schema/object(_:)``.
public struct SchemaMember: Sendable {
    let name: String
    let schema: Schema
    let isRequired: Bool

    /// A member that every such object has.
    public static func required(_ name: String, _ schema: Schema) -> SchemaMember {
        SchemaMember(name: name, schema: schema, isRequired: true)
    }

    /// A member that may be left out.
    public static func optional(_ name: String, _ schema: Schema) -> SchemaMember {
        SchemaMember(name: name, schema: schema, isRequired: false)
    }
}
