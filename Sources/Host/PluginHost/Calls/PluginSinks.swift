// What plugins write into while one of their functions runs.
import CPluginABI
import Operations
import Tables

/// Collects errors that a plugin reports. Used on the calling thread, for the length of one call.
struct ErrorCollector {
    private(set) var errors: [FieldError] = []

    fileprivate mutating func add(_ error: FieldError) {
        // A plugin that reports without end must not fill the memory.
        if errors.count < BodyValidator.maximumErrors { errors.append(error) }
    }

    /// Lends a sink to `body`.
    mutating func withSink<Value>(_ body: (UnsafePointer<jspg_error_sink>) -> Value) -> Value {
        withUnsafeMutablePointer(to: &self) { collector in
            var sink = jspg_error_sink(
                struct_size: MemoryLayout<jspg_error_sink>.size, context: UnsafeMutableRawPointer(collector),
                report: { context, code, message, pointer in
                    context?.assumingMemoryBound(to: ErrorCollector.self).pointee.add(
                        FieldError(
                            pointer: String(borrowing: pointer), code: String(borrowing: code),
                            message: String(borrowing: message)))
                })
            return body(&sink)
        }
    }

    /// What the result and the errors mean together.
    func outcome(_ result: jspg_result, of function: String) throws(PluginRejection) {
        if result == JSPG_OK.result && errors.isEmpty { return }
        if result == JSPG_OK.result || result == JSPG_REJECTED.result, !errors.isEmpty {
            throw PluginRejection(errors: errors, isFault: false)
        }
        let reason = errors.isEmpty ? "The plugin's function \(function) failed and gave no reason." : nil
        throw PluginRejection(
            errors: reason.map { [FieldError(pointer: "", code: "plugin_failed", message: $0)] } ?? errors,
            isFault: true, isSilent: errors.isEmpty && result == JSPG_REJECTED.result)
    }
}

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

    fileprivate mutating func set(_ column: UInt32, _ value: ColumnValue) -> jspg_result {
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

/// Bytes that a plugin appends.
struct ByteCollector {
    private(set) var bytes: [UInt8] = []

    mutating func withSink<Value>(_ body: (UnsafePointer<jspg_byte_sink>) -> Value) -> Value {
        withUnsafeMutablePointer(to: &self) { collector in
            var sink = jspg_byte_sink(
                struct_size: MemoryLayout<jspg_byte_sink>.size, context: UnsafeMutableRawPointer(collector),
                append: { context, bytes in
                    context?.assumingMemoryBound(to: ByteCollector.self).pointee.bytes.append(
                        contentsOf: [UInt8](borrowing: bytes))
                })
            return body(&sink)
        }
    }
}

// MARK: - Borrowed bytes

extension [UInt8] {
    /// Copies what the other side lends for the length of a call.
    init(borrowing bytes: jspg_bytes) {
        guard let data = bytes.data, bytes.length > 0 else {
            self = []
            return
        }
        self = Array(UnsafeBufferPointer(start: data, count: bytes.length))
    }

    /// Lends the bytes for the length of `body`.
    func lend<Value>(_ body: (jspg_bytes) -> Value) -> Value {
        withUnsafeBufferPointer { body(jspg_bytes(data: $0.baseAddress, length: $0.count)) }
    }
}

extension String {
    init(borrowing bytes: jspg_bytes) {
        self = String(decoding: [UInt8](borrowing: bytes), as: UTF8.self)
    }

    /// Lends the text's UTF-8 for the length of `body`.
    func lend<Value>(_ body: (jspg_bytes) -> Value) -> Value {
        var text = self
        return text.withUTF8 { body(jspg_bytes(data: $0.baseAddress, length: $0.count)) }
    }
}

// C's anonymous enumerators come in as `Int`, its macros as `Int32`.
extension BinaryInteger {
    var result: jspg_result { jspg_result(self) }
}
