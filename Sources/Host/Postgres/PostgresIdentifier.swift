// Names in SQL.

package enum PostgresIdentifier {
    /// The name between quotes, whatever is in it (PostgreSQL documentation, "Identifiers and Key Words").
    package static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
}
