// What is loaded at one moment.
import Tables

/// A snapshot of the tables in service. Never changes and is never freed.
package final class TableSet: Sendable {
    /// The reload that made it; 0 before the first.
    package let reload: Int
    private let byName: [String: LoadedTable]

    init(reload: Int, tables: [LoadedTable]) {
        self.reload = reload
        byName = Dictionary(tables.map { ($0.descriptor.name, $0) }) { first, _ in first }
    }

    package func table(_ name: String) -> LoadedTable? { byName[name] }

    /// By name.
    package var all: [LoadedTable] { byName.values.sorted { $0.descriptor.name < $1.descriptor.name } }
}
