// The tables that this processor can apply writes of.
import PluginHost
import Synchronization
import Tables

/// For each table the newest generation whose migrations are applied, and the tables whose queue has come to messages
/// of a newer plugin. Any thread.
final class ReadyTables: Sendable {
    private struct State {
        var tables: [String: LoadedTable] = [:]
        var behind: [String: Int] = [:]
        var observers: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    func table(_ name: String) -> LoadedTable? { state.withLock { $0.tables[name] } }

    /// Schema versions by table.
    var versions: [String: Int] { state.withLock { $0.tables.mapValues(\.descriptor.schemaVersion) } }

    /// Tables that wait for a newer plugin, with the schema version that they need.
    var behind: [String: Int] { state.withLock(\.behind) }

    func put(_ table: LoadedTable) {
        let observers = state.withLock { state in
            state.tables[table.descriptor.name] = table
            return state.observers
        }
        for observer in observers { observer() }
    }

    /// - Parameter version: what the next message needs; `nil`: the loaded plugin does.
    func note(behind version: Int?, table: String) {
        state.withLock { $0.behind[table] = version }
    }

    /// Calls `observer` after each change of the tables; it must not block.
    func onChange(_ observer: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(observer) }
    }
}
