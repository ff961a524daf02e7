// What the C functions of every table call.
import CPluginABI

/// A table behind its C functions: the object that `table_context` points to. It lives as long as the process.
///
/// The functions that C calls can't be generic, so they call these methods, which ``TableBridge`` overrides.
class AnyTableBridge {
    func validate(_ write: Write) throws(WriteRejection) {}
    func prepare(_ write: Write, row: UnsafePointer<jspg_row_sink>, now: Timestamp) throws(WriteRejection) {}
    func write(
        _ write: Write, transaction: UnsafePointer<jspg_transaction>, now: Timestamp
    ) throws(WriteRejection) {}
    func upgrade(_ body: [UInt8], from version: Int, _ operation: WriteOperation) throws(WriteRejection) -> [UInt8] {
        body
    }
    func selfTest() throws(WriteRejection) {}

    /// A write as the host passes it in, borrowed until the call returns.
    struct Write {
        let operation: jspg_operation
        let entityID: jspg_bytes
        let body: jspg_bytes
    }
}
