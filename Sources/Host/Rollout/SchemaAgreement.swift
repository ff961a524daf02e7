// When a new schema version goes into service: pure.
package import PluginHost

/// What a host knows of the others, and what follows for the schema versions in service.
///
/// A version goes into service once every live processor that has the table can apply it, and never goes down by itself: a
/// person lowers it, once every live processor has gone back.
/// So a gateway that serves what is in service never stores a message that a live processor can't apply.
package struct SchemaAgreement: Sendable {
    package enum Event: Sendable {
        /// A processor lives, with these schema versions by table; `nil`: it has gone.
        case processor(id: String, versions: [String: Int]?)
        /// What is stored for a table; `nil`: nothing is.
        case active(table: String, ActiveSchema?, revision: UInt64)
    }

    /// A change to store, by compare-and-set.
    package struct Raise: Sendable, Hashable {
        package let table: String
        package let schema: ActiveSchema
        /// What must be stored at that time; `nil`: nothing.
        package let revision: UInt64?
    }

    private var processors: [String: [String: Int]] = [:]
    private var stored: [String: (schema: ActiveSchema, revision: UInt64)] = [:]

    package init() {}

    /// By table.
    package var active: [String: ActiveSchema] { stored.mapValues(\.schema) }

    package mutating func handle(_ event: Event) {
        switch event {
        case .processor(let id, let versions): processors[id] = versions
        case .active(let table, let schema?, let revision):
            // Changes may come twice, and an old one after a new one where a watch began again.
            if let known = stored[table], known.revision >= revision { return }
            stored[table] = (schema, revision)
        case .active(let table, nil, let revision):
            if let known = stored[table], known.revision >= revision { return }
            stored[table] = nil
        }
    }

    /// Why a version can't be lowered.
    package enum LoweringRefusal: Error, Equatable {
        /// Nothing is stored for the table, or no more than the version that is wanted.
        case isNotHigher
        /// A live processor would raise it again.
        case processorHas(version: Int)
    }

    /// What to store so that a table's version in service goes down. The highest ever stays: messages of it may wait.
    package func lowering(_ table: String, to version: Int) throws(LoweringRefusal) -> Raise {
        guard let known = stored[table], known.schema.version > version else { throw .isNotHigher }
        if let higher = processors.values.compactMap({ $0[table] }).filter({ $0 > version }).max() {
            throw .processorHas(version: higher)
        }
        return Raise(
            table: table, schema: ActiveSchema(version: version, highest: known.schema.highest),
            revision: known.revision)
    }

    /// What a processor should store now.
    package var raises: [Raise] {
        var lowest: [String: Int] = [:]
        for versions in processors.values {
            for (table, version) in versions { lowest[table] = min(lowest[table] ?? version, version) }
        }
        return lowest.sorted { $0.key < $1.key }.compactMap { table, version in
            guard let known = stored[table] else {
                return Raise(table: table, schema: ActiveSchema(version: version, highest: version), revision: nil)
            }
            guard version > known.schema.version else { return nil }
            return Raise(
                table: table,
                schema: ActiveSchema(version: version, highest: max(version, known.schema.highest)),
                revision: known.revision)
        }
    }
}
