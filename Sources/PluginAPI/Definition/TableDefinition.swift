// What a table is: all that a host can know without calling the plugin.

/// A table's definition: columns, operations, filters, order, migrations.
///
/// Everything that is said here the hosts do by themselves and for every table alike: checking bodies,
/// SQL, routes, documentation. The host checks the definition when it loads the plugin and says
/// what is wrong in it.
///
/// ```swift
/// static let table = TableDefinition("invoices") {
///     Key("invoice_id", .uuid)
///     Column("amount", .numeric(10, 2), required: true, schema: .number(exclusiveMinimum: 0))
///     DatabaseColumn("created_at", .timestamptz, nullable: false)
///     Operations(.create, .delete)
///     Sort("created_at", defaultOrder: "-created_at")
///     Migration(1, "create invoices", "CREATE TABLE invoices (…)")
/// }
/// ```
public struct TableDefinition: Sendable {
    /// The table's name in PostgreSQL and in routes.
    public let name: String
    /// Version of the bodies that this table takes, from 1.
    ///
    /// Raise it whenever the set of accepted bodies changes, a new member included: a processor that still has the build
    /// before would fail what it does not know. Hosts take the new version into service once every processor has it. Where
    /// older bodies no longer fit, ``TableHandler/upgrade(_:from:_:)`` mends them.
    public let version: Int

    private let parts: [TablePart]

    /// - Parameters:
    ///   - name: the table's name in PostgreSQL and in routes: 1 to 63 lower case letters, digits and `_`, no digit first.
    ///     Hosts use some for paths and tables of their own and refuse them: `status`, `events`, `tables`, `health`, `metrics`,
    ///     `jspg`, `jspg_migrations`, `write_operations` and `write_partitions`.
    ///   - version: of the bodies that this table takes, 1 or more; raise it whenever the set of accepted bodies changes, a
    ///     new member included.
    ///   - parts: the lines; their order matters for columns and sort orders alone.
    public init(_ name: String, version: Int = 1, @TableDefinitionBuilder _ parts: () -> [TablePart]) {
        self.name = name
        self.version = version
        self.parts = parts()
    }

    /// Columns by their index in the descriptor.
    var columnNames: [String] {
        var names: [String] = []
        for part in parts where Self.isColumn(part) { names.append(part.subject) }
        return names
    }

    /// Whether some derived column is left to prepare().
    var needsPrepare: Bool {
        parts.contains { column in
            column.section == .derivedColumn
                && !parts.contains { $0.section == .derives && $0.subject == column.subject }
        }
    }

    /// The descriptor that the host gets: JSON by `docs/descriptor.schema.json`, UTF-8.
    ///
    /// - Parameters:
    ///   - plugin: the plugin's name.
    ///   - version: the plugin's version.
    public func descriptor(plugin: String, version pluginVersion: String) -> [UInt8] {
        var owner = JSONText.Object()
        owner.add("name", JSONText.quoted(plugin))
        owner.add("version", JSONText.quoted(pluginVersion))
        var descriptor = JSONText.Object()
        descriptor.add("name", JSONText.quoted(name))
        descriptor.add("plugin", owner.finished)
        descriptor.add("schemaVersion", String(version))
        for part in parts where part.section == .key { descriptor.add("key", JSONText.quoted(part.subject)) }
        descriptor.add("columns", list(Self.isColumn))
        descriptor.add("operations", list { $0.section == .operations } ?? "[]")
        descriptor.add("filters", list { $0.section == .filters })
        descriptor.add("sort", list { $0.section == .sort })
        for part in parts where part.section == .sort {
            descriptor.add("defaultOrder", JSONText.strings([part.subject]))
        }
        descriptor.add("migrations", list { $0.section == .migrations })
        var invalidates = JSONText.Object()
        for operation in WriteOperation.allCases {
            invalidates.add(
                operation.rawValue, list { $0.section == .invalidates && $0.subject == operation.rawValue })
        }
        if parts.contains(where: { $0.section == .invalidates }) { descriptor.add("invalidates", invalidates.finished) }
        descriptor.add("checks", list { $0.section == .checks })
        descriptor.add("derives", list { $0.section == .derives })
        return Array(descriptor.finished.utf8)
    }

    private static func isColumn(_ part: TablePart) -> Bool {
        part.section == .key || part.section == .column || part.section == .derivedColumn
    }

    /// The JSON of some lines as one array, or `nil` where there is none.
    private func list(_ isIncluded: (TablePart) -> Bool) -> String? {
        var json: [String] = []
        for part in parts where isIncluded(part) { json += part.json }
        return json.isEmpty ? nil : JSONText.array(json)
    }
}
