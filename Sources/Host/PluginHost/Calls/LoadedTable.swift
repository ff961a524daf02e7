// A table in service.
import CPluginABI
package import JSON
package import Operations
package import Tables

/// One generation of a table: its descriptor and the plugin's functions. Never freed; used from any thread at once.
package final class LoadedTable: Sendable {
    package let descriptor: TableDescriptor
    package let validator: BodyValidator
    package let statements: TableStatements
    package let plugin: PluginIdentity
    let functions: TableFunctions
    let typedFunctions: TypedFunctions
    private let calls: PluginCalls
    private let failures: FailureLog

    /// - Throws: `PluginFailure` where the image lacks a function that the descriptor names, or one that sets a derived
    ///   column.
    init(
        descriptor: TableDescriptor, functions: TableFunctions, image: PluginImage, plugin: PluginIdentity,
        calls: PluginCalls = .untraced
    ) throws(PluginFailure) {
        self.calls = calls
        self.descriptor = descriptor
        self.functions = functions
        self.plugin = plugin
        failures = FailureLog(table: descriptor.name, plugin: plugin, logger: calls.logger)
        try Self.checkThatColumnsAreDerived(descriptor, functions)
        typedFunctions = try TypedFunctions(descriptor, image)
        validator = BodyValidator(descriptor)
        statements = TableStatements(descriptor)
    }

    /// A derived column that nothing sets would be NULL in every row. A plugin with SQL of its own may set it there.
    private static func checkThatColumnsAreDerived(
        _ descriptor: TableDescriptor, _ functions: TableFunctions
    ) throws(PluginFailure) {
        guard functions.functions.prepare == nil, functions.functions.write == nil else { return }
        let derived = Set(descriptor.derives.map(\.column) + [descriptor.keyIndex])
        for (index, column) in descriptor.columns.enumerated() where column.source == .derived {
            if derived.contains(index) { continue }
            throw PluginFailure(
                "its column \(column.name) is derived, and nothing sets it: add a function prepare, or a derive to the "
                    + "descriptor")
        }
    }

    /// Whether the plugin writes its rows with SQL of its own.
    package var hasOwnSQL: Bool { functions.functions.write != nil }

    /// Asks the plugin whether a body is good that the descriptor accepts: its checks, then its `validate`. Quick where
    /// it has neither. Why the plugin failed is logged: the client is not told.
    ///
    /// - Parameters:
    ///   - entityID: the row's key, normalized.
    ///   - bytes: the same body as it was sent.
    package func validate(
        kind: OperationKind, entityID: String, body: JSONValue, bytes: [UInt8], for origin: PluginCallOrigin
    ) throws(PluginRejection) {
        guard kind != .delete else { return }
        do throws(PluginRejection) {
            if !descriptor.checks.isEmpty {
                try check(descriptor.rowValues(kind: kind, entityID: entityID, body: body), for: origin)
            }
            try callValidate(kind: kind, entityID: entityID, body: bytes, for: origin)
        } catch {
            if error.isFault { failures.note(error, for: origin) }
            throw error
        }
    }

    private func check(_ row: [ColumnValue], for origin: PluginCallOrigin) throws(PluginRejection) {
        guard !descriptor.checks.isEmpty else { return }
        try calls.during(.checks, for: origin) { () throws(PluginRejection) in try typedFunctions.check(row) }
    }

    /// `validate` alone, for the benchmark of calls.
    package func measureValidate(body: [UInt8], for origin: PluginCallOrigin) throws(PluginRejection) {
        try callValidate(kind: .create, entityID: "x", body: body, for: origin)
    }

    /// The typed checks alone, for the benchmark of calls.
    package func measureChecks(_ row: [ColumnValue]) throws(PluginRejection) { try typedFunctions.check(row) }

    /// Calls the plugin's `validate` alone, with any bytes.
    func callValidate(
        kind: OperationKind, entityID: String, body: [UInt8], for origin: PluginCallOrigin = .host
    ) throws(PluginRejection) {
        guard let validate = functions.functions.validate, kind != .delete else { return }
        try calls.during(.validate, for: origin) { () throws(PluginRejection) in
            var errors = ErrorCollector()
            let result = errors.withSink { sink in
                entityID.lend { id in body.lend { validate(functions.context, kind.abiValue, id, $0, sink) } }
            }
            try errors.outcome(result, of: "validate")
        }
    }

    /// Runs the plugin's checks, for messages that passed no gateway of this version, then lets the plugin set the
    /// columns that it derives.
    ///
    /// - Parameters:
    ///   - now: microseconds since 1970-01-01 00:00:00 UTC; one value for a whole batch.
    ///   - row: one value for each column; changed only where the plugin succeeds.
    package func prepare(
        kind: OperationKind, entityID: String, body: [UInt8], now: Int64, into row: inout [ColumnValue],
        for origin: PluginCallOrigin
    ) throws(PluginRejection) {
        guard kind != .delete else { return }
        try check(row, for: origin)
        try callPrepare(kind: kind, entityID: entityID, body: body, now: now, into: &row, for: origin)
        guard !descriptor.derives.isEmpty else { return }
        try calls.during(.derives, for: origin) { () throws(PluginRejection) in
            try typedFunctions.derive(into: &row)
        }
    }

    /// Calls the plugin's `prepare` alone, with any bytes. Never for a delete, as the header promises.
    func callPrepare(
        kind: OperationKind, entityID: String, body: [UInt8], now: Int64, into row: inout [ColumnValue],
        for origin: PluginCallOrigin = .host
    ) throws(PluginRejection) {
        guard let prepare = functions.functions.prepare, kind != .delete else { return }
        row = try calls.during(.prepare, for: origin) { () throws(PluginRejection) in
            var errors = ErrorCollector()
            var collector = RowCollector(row: row, of: descriptor)
            let result = errors.withSink { errors in
                collector.withSink { sink in
                    entityID.lend { id in
                        body.lend { prepare(functions.context, kind.abiValue, id, $0, now, sink, errors) }
                    }
                }
            }
            if let refusal = collector.refusal { throw .fault(refusal) }
            try errors.outcome(result, of: "prepare")
            return collector.row
        }
    }

    /// Turns a body that an older version of the plugin queued into one of this version.
    package func upgrade(
        from version: Int, kind: OperationKind, body: [UInt8], for origin: PluginCallOrigin
    ) throws(PluginRejection) -> [UInt8] {
        // Without the function, bodies of all versions have the same form.
        guard let upgrade = functions.functions.upgrade else { return body }
        return try calls.during(.upgrade, for: origin) { () throws(PluginRejection) in
            var errors = ErrorCollector()
            var upgraded = ByteCollector()
            let result = errors.withSink { errors in
                upgraded.withSink { sink in
                    body.lend { upgrade(functions.context, UInt32(version), kind.abiValue, $0, sink, errors) }
                }
            }
            try errors.outcome(result, of: "upgrade")
            return upgraded.bytes
        }
    }

    /// Lets the plugin write with SQL of its own. On the thread of the transaction's connection.
    ///
    /// - Throws: `PluginRejection`; what the plugin has done in the transaction is to be undone then.
    package func write(
        kind: OperationKind, entityID: String, body: [UInt8], now: Int64, in transaction: PluginTransaction,
        for origin: PluginCallOrigin
    ) throws(PluginRejection) {
        guard let write = functions.functions.write else { return }
        try calls.during(.write, for: origin) { () throws(PluginRejection) in
            var errors = ErrorCollector()
            let result = errors.withSink { errors in
                transaction.withABI { transaction in
                    entityID.lend { id in
                        body.lend { write(functions.context, kind.abiValue, id, $0, now, transaction, errors) }
                    }
                }
            }
            if let refusal = transaction.refusal { throw .fault(refusal) }
            try errors.outcome(result, of: "write")
        }
    }

    /// The author's own check.
    func selfTest() throws(PluginRejection) {
        guard let selfTest = functions.functions.self_test else { return }
        var errors = ErrorCollector()
        let result = errors.withSink { selfTest(functions.context, $0) }
        try errors.outcome(result, of: "self_test")
    }
}

extension OperationKind {
    var abiValue: jspg_operation {
        switch self {
        case .create: jspg_operation(JSPG_CREATE)
        case .update: jspg_operation(JSPG_UPDATE)
        case .upsert: jspg_operation(JSPG_UPSERT)
        case .delete: jspg_operation(JSPG_DELETE)
        }
    }
}
