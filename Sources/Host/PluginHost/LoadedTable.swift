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

    /// - Throws: `PluginFailure` where the image lacks a function that the descriptor names.
    init(
        descriptor: TableDescriptor, functions: TableFunctions, image: PluginImage, plugin: PluginIdentity
    ) throws(PluginFailure) {
        self.descriptor = descriptor
        self.functions = functions
        self.plugin = plugin
        typedFunctions = try TypedFunctions(descriptor, image)
        validator = BodyValidator(descriptor)
        statements = TableStatements(descriptor)
    }

    /// Whether the plugin writes its rows with SQL of its own.
    package var hasOwnSQL: Bool { functions.functions.write != nil }

    /// Asks the plugin whether a body is good that the descriptor accepts: its checks, then its `validate`. Quick where
    /// it has neither.
    ///
    /// - Parameters:
    ///   - entityID: the row's key, normalized.
    ///   - bytes: the same body as it was sent.
    package func validate(
        kind: OperationKind, entityID: String, body: JSONValue, bytes: [UInt8]
    ) throws(PluginRejection) {
        guard kind != .delete else { return }
        if !descriptor.checks.isEmpty {
            try typedFunctions.check(descriptor.rowValues(kind: kind, entityID: entityID, body: body))
        }
        try validate(kind: kind, entityID: entityID, body: bytes)
    }

    /// Calls the plugin's `validate` alone, with any bytes.
    func validate(
        kind: OperationKind, entityID: String, body: [UInt8]
    ) throws(PluginRejection) {
        guard let validate = functions.functions.validate, kind != .delete else { return }
        var errors = ErrorCollector()
        let result = errors.withSink { sink in
            entityID.lend { id in body.lend { validate(functions.context, kind.abiValue, id, $0, sink) } }
        }
        try errors.outcome(result, of: "validate")
    }

    /// Runs the plugin's checks, for messages that passed no gateway of this version, then lets the plugin set the
    /// columns that it derives.
    ///
    /// - Parameters:
    ///   - now: microseconds since 1970-01-01 00:00:00 UTC; one value for a whole batch.
    ///   - row: one value for each column; changed only where the plugin succeeds.
    package func prepare(
        kind: OperationKind, entityID: String, body: [UInt8], now: Int64, into row: inout [ColumnValue]
    ) throws(PluginRejection) {
        guard kind != .delete else { return }
        try typedFunctions.check(row)
        try callPrepare(kind: kind, entityID: entityID, body: body, now: now, into: &row)
        try typedFunctions.derive(into: &row)
    }

    /// Calls the plugin's `prepare` alone, with any bytes.
    func callPrepare(
        kind: OperationKind, entityID: String, body: [UInt8], now: Int64, into row: inout [ColumnValue]
    ) throws(PluginRejection) {
        guard let prepare = functions.functions.prepare else { return }
        var errors = ErrorCollector()
        var collector = RowCollector(row: row, keyIndex: descriptor.keyIndex)
        let result = errors.withSink { errors in
            collector.withSink { sink in
                entityID.lend { id in
                    body.lend { prepare(functions.context, kind.abiValue, id, $0, now, sink, errors) }
                }
            }
        }
        try errors.outcome(result, of: "prepare")
        row = collector.row
    }

    /// Turns a body that an older version of the plugin queued into one of this version.
    package func upgrade(
        from version: Int, kind: OperationKind, body: [UInt8]
    ) throws(PluginRejection) -> [UInt8] {
        // Without the function, bodies of all versions have the same form.
        guard let upgrade = functions.functions.upgrade else { return body }
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
        case .create: JSPG_CREATE.result
        case .update: JSPG_UPDATE.result
        case .upsert: JSPG_UPSERT.result
        case .delete: JSPG_DELETE.result
        }
    }
}
