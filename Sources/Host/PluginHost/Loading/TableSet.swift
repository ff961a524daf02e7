// What is loaded at one moment.
import Tables

/// A snapshot of the tables in service. Never changes and is never freed.
package final class TableSet: Sendable {
    /// The reload that made it; 0 before the first.
    package let reload: Int
    private let byName: [String: LoadedTable]
    /// Tables whose loaded version is not in service yet, by name: processors that can apply it have to come first. An
    /// older version may be in service meanwhile.
    package let waiting: [String: LoadedTable]

    /// Whether the folder, or a file of it, could not be loaded and nothing of it is in service: a table that is not here
    /// may be one of its own. A folder that is missing lacks nothing.
    package let mayLackTables: Bool

    init(
        reload: Int, tables: [LoadedTable], waiting: [String: LoadedTable] = [:], mayLackTables: Bool = false
    ) {
        self.reload = reload
        self.waiting = waiting
        self.mayLackTables = mayLackTables
        byName = Dictionary(tables.map { ($0.descriptor.name, $0) }) { first, _ in first }
    }

    /// The table in service of that name; `nil` where there is none, also where one is `waiting` alone.
    package func table(_ name: String) -> LoadedTable? { byName[name] }

    /// Those in service, by table.
    package var schemaVersions: [String: Int] { byName.mapValues(\.descriptor.schemaVersion) }

    /// By name.
    package var all: [LoadedTable] { byName.values.sorted { $0.descriptor.name < $1.descriptor.name } }
}
