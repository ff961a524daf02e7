// The C functions that a host calls. The same for every table: `table_context` says which one.
import CPluginABI

extension jspg_table_functions {
    /// Every function that a table may have.
    static let ofBridges = jspg_table_functions(
        struct_size: MemoryLayout<jspg_table_functions>.size,
        validate: { context, operation, entityID, body, errors in
            call(context, errors) { bridge throws(WriteRejection) in
                try bridge.validate(.init(operation: operation, entityID: entityID, body: body))
            }
        },
        prepare: { context, operation, entityID, body, now, row, errors in
            call(context, errors) { bridge throws(WriteRejection) in
                guard let row else { throw .failure("The host passed no row.") }
                try bridge.prepare(
                    .init(operation: operation, entityID: entityID, body: body), row: row,
                    now: Timestamp(microseconds: now))
            }
        },
        write: { context, operation, entityID, body, now, transaction, errors in
            call(context, errors) { bridge throws(WriteRejection) in
                guard let transaction else { throw .failure("The host passed no transaction.") }
                try bridge.write(
                    .init(operation: operation, entityID: entityID, body: body), transaction: transaction,
                    now: Timestamp(microseconds: now))
            }
        },
        upgrade: { context, version, operation, body, upgraded, errors in
            call(context, errors) { bridge throws(WriteRejection) in
                guard let upgraded, let append = upgraded.pointee.append else {
                    throw .failure("The host takes no bytes.")
                }
                let bytes = try bridge.upgrade(
                    Array(body.buffer), from: Int(version), WriteOperation(known: operation))
                bytes.withUnsafeBufferPointer {
                    append(upgraded.pointee.context, jspg_bytes(data: $0.baseAddress, length: $0.count))
                }
            }
        },
        self_test: { context, errors in
            call(context, errors) { bridge throws(WriteRejection) in try bridge.selfTest() }
        })

    /// Finds the table that a call is for, and reports what it throws.
    private static func call(
        _ context: UnsafeMutableRawPointer?, _ errors: UnsafePointer<jspg_error_sink>?,
        _ body: (AnyTableBridge) throws(WriteRejection) -> Void
    ) -> jspg_result {
        guard let context else { return jspg_result(JSPG_FAILED) }
        // Registered with a reference of its own that is never given back, so the object is there.
        let bridge = Unmanaged<AnyTableBridge>.fromOpaque(context).takeUnretainedValue()
        do throws(WriteRejection) {
            try body(bridge)
            return jspg_result(JSPG_OK)
        } catch {
            return error.report(to: errors)
        }
    }
}
