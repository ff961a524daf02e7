// The tables that this processor can apply writes of.
import Operations
import PluginHost
import Synchronization
import Tables

/// For each table the newest generation whose migrations are applied, the generations before it, and the tables whose
/// queue has come to messages of a newer plugin. Any thread.
///
/// A message runs in the generation of its own schema version where that was set up here, so that a plugin that is
/// replaced in either direction is not asked about the other one's messages; else the newest one's `upgrade` is.
final class ReadyTables: Sendable {
    private struct State {
        var tables: [String: LoadedTable] = [:]
        /// The newest of each schema version, by table.
        var generations: [String: [Int: LoadedTable]] = [:]
        /// By table, for each partition whose next message needs a newer plugin: the schema version that it needs.
        var behind: [String: [Int: Int]] = [:]
        var observers: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    func table(_ name: String) -> LoadedTable? { state.withLock { $0.tables[name] } }

    /// Schema versions by table.
    var versions: [String: Int] { state.withLock { $0.tables.mapValues(\.descriptor.schemaVersion) } }

    /// Tables that wait for a newer plugin, with the schema version that they need.
    var behind: [String: Int] { state.withLock { $0.behind.compactMapValues { $0.values.max() } } }

    func put(_ table: LoadedTable) {
        let observers = state.withLock { state in
            state.tables[table.descriptor.name] = table
            state.generations[table.descriptor.name, default: [:]][table.descriptor.schemaVersion] = table
            return state.observers
        }
        for observer in observers { observer() }
    }

    /// The generation that a message runs in: that of its schema version, else the newest; `nil` where the table was
    /// never set up.
    func table(for message: WriteMessage, table name: String) -> LoadedTable? {
        let (newest, generations) = state.withLock { ($0.tables[name], $0.generations[name] ?? [:]) }
        guard generations.count > 1, case .success(let envelope) = message.envelope else { return newest }
        return generations[envelope.schemaVersion] ?? newest
    }

    /// How many messages from the first one on run in the same generation.
    func sameGenerationCount(_ messages: ArraySlice<WriteMessage>, table name: String) -> Int {
        guard let first = messages.first, state.withLock({ $0.generations[name]?.count ?? 0 > 1 }) else {
            return messages.count
        }
        let generation = table(for: first, table: name)
        return messages.prefix { table(for: $0, table: name) === generation }.count
    }

    /// - Parameter version: what the partition's next message needs; `nil`: the loaded plugin does.
    /// - Returns: whether the table waits for a newer plugin from now on; no partition of it did before.
    @discardableResult
    func note(behind version: Int?, table: String, partition: Int) -> Bool {
        state.withLock { state in
            let wasBehind = state.behind[table] != nil
            guard wasBehind || version != nil else { return false }
            state.behind[table, default: [:]][partition] = version
            if state.behind[table]?.isEmpty == true { state.behind[table] = nil }
            return !wasBehind
        }
    }

    /// Calls `observer` after each change of the tables; it must not block.
    func onChange(_ observer: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(observer) }
    }
}
