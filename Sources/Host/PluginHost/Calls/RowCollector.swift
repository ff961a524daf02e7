// The row that a plugin writes into while its `prepare` runs.
import CPluginABI
import Tables

/// The row that a plugin's `prepare` completes.
struct RowCollector {
    /// One value for each column.
    var row: [ColumnValue]
    let columns: [ColumnDescriptor]
    let keyIndex: Int
    /// Set where a value is none of its column's type: why the operation fails, whatever `prepare` makes of the answer.
    private(set) var refusal: String?

    init(row: [ColumnValue], of descriptor: TableDescriptor) {
        self.row = row
        columns = descriptor.columns
        keyIndex = descriptor.keyIndex
    }

    private mutating func set(_ column: UInt32, _ value: ColumnValue) -> jspg_result {
        let index = Int(column)
        guard row.indices.contains(index), index != keyIndex, columns[index].source != .database else {
            return JSPG_FAILED.result
        }
        guard case .text(let text) = value, columns[index].type == .uuid else {
            row[index] = value
            return JSPG_OK.result
        }
        guard let uuid = UUIDText.normalized(text) else {
            refusal = "The plugin's function prepare set the column \(columns[index].name) to text that is no UUID."
            return JSPG_FAILED.result
        }
        row[index] = .text(uuid)
        return JSPG_OK.result
    }

    mutating func withSink<Value>(_ body: (UnsafePointer<jspg_row_sink>) -> Value) -> Value {
        withUnsafeMutablePointer(to: &self) { collector in
            var sink = jspg_row_sink(
                struct_size: MemoryLayout<jspg_row_sink>.size, context: UnsafeMutableRawPointer(collector),
                set: { context, column, text in
                    guard let context else { return JSPG_FAILED.result }
                    let bytes = [UInt8](borrowing: text)
                    guard !bytes.contains(0) else { return JSPG_FAILED.result }
                    return context.assumingMemoryBound(to: RowCollector.self).pointee.set(column, .text(bytes))
                },
                set_null: { context, column in
                    guard let context else { return JSPG_FAILED.result }
                    return context.assumingMemoryBound(to: RowCollector.self).pointee.set(column, .null)
                })
            return body(&sink)
        }
    }
}
