// A line of a definition in the descriptor's terms.

/// What a ``TableElement`` comes to. Authors have no use for it.
public final class TablePart: Sendable {
    enum Section: Sendable {
        case key, column, derivedColumn, operations, filters, sort, invalidates, migrations, checks, derives
    }

    let section: Section
    /// The column, the default order or the operation that the line is about; empty where there is none.
    let subject: String
    /// What the line adds to its section, as JSON.
    let json: [String]

    init(_ section: Section, _ subject: String = "", _ json: [String]) {
        self.section = section
        self.subject = subject
        self.json = json
    }

    /// A column without a member in bodies.
    static func column(
        _ section: Section, _ name: String, _ type: SQLType, source: String?, isNullable: Bool? = nil
    ) -> TablePart {
        var column = JSONText.Object()
        column.add("name", JSONText.quoted(name))
        column.add("type", JSONText.quoted(type.name))
        column.add("source", source.map(JSONText.quoted))
        if let isNullable { column.add("nullable", isNullable ? "true" : "false") }
        return TablePart(section, name, [column.finished])
    }
}
