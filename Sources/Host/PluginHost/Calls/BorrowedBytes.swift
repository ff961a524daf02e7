// Bytes that are lent over the border to a plugin, in both directions.
import CPluginABI

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
