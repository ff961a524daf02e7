// One author's table behind the C functions.
import CPluginABI

/// Turns the host's calls into those of a ``TableHandler``.
final class TableBridge<Handler: TableHandler>: AnyTableBridge {
    private let handler = Handler()
    private let log: HostLog

    init(log: HostLog) { self.log = log }

    /// The functions that this table has; the host leaves out the others.
    var functions: jspg_table_functions {
        let all = jspg_table_functions.ofBridges
        var functions = jspg_table_functions()
        functions.struct_size = MemoryLayout<jspg_table_functions>.size
        functions.self_test = all.self_test
        // Types are compared, never cast or looked up by name: that holds with two builds of a plugin in one process.
        if Handler.Input.self != NoInput.self { functions.validate = all.validate }
        if Handler.table.needsPrepare { functions.prepare = all.prepare }
        if Handler.Statements.self != NoStatements.self { functions.write = all.write }
        if Handler.table.version > 1 { functions.upgrade = all.upgrade }
        return functions
    }

    override func validate(_ write: Write) throws(WriteRejection) {
        try handler.validate(input(write), context(write))
    }

    override func prepare(
        _ write: Write, row: UnsafePointer<jspg_row_sink>, now: Timestamp
    ) throws(WriteRejection) {
        try handler.prepare(
            input(write), context(write), into: DerivedRow(row, now: now, columns: Handler.table.columnNames))
    }

    override func write(
        _ write: Write, transaction: UnsafePointer<jspg_transaction>, now: Timestamp
    ) throws(WriteRejection) {
        let context = try context(write)
        let input = context.operation == .delete ? nil : try input(write)
        _ = try handler.write(input, context, in: Transaction(transaction, now: now))
    }

    override func upgrade(
        _ body: [UInt8], from version: Int, _ operation: WriteOperation
    ) throws(WriteRejection) -> [UInt8] {
        // A delete has no body that could be older.
        guard operation != .delete else { return body }
        var queued = try QueuedBody(body)
        try handler.upgrade(&queued, from: version, operation)
        return queued.bytes
    }

    override func selfTest() throws(WriteRejection) { try handler.selfTest() }

    private func input(_ write: Write) throws(WriteRejection) -> Handler.Input {
        try BodyDecoder.decode(Handler.Input.self, from: Array(write.body.buffer))
    }

    private func context(_ write: Write) throws(WriteRejection) -> WriteContext {
        WriteContext(
            try WriteOperation(known: write.operation),
            entityID: String(decoding: write.entityID.buffer, as: UTF8.self), log: log)
    }
}

extension WriteOperation {
    /// - Throws: a failure for an operation that this build does not know.
    init(known operation: jspg_operation) throws(WriteRejection) {
        guard let operation = WriteOperation(abi: operation) else {
            throw .failure("The plugin does not know operation \(operation); rebuild it with a newer PluginAPI.")
        }
        self = operation
    }
}
