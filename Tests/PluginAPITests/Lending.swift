// Strings and bytes as the C header passes them.
import CPluginABI

extension jspg_bytes {
    var array: [UInt8] { Array(UnsafeBufferPointer(start: data, count: length)) }
    var text: String { String(decoding: array, as: UTF8.self) }
}

/// Lends a string to a call. The bytes are gone afterwards, so a test sees who kept them.
func lend<Result>(_ text: String, _ body: (jspg_bytes) -> Result) -> Result {
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
    defer {
        bytes.update(repeating: 0xFF)
        bytes.deallocate()
    }
    _ = bytes.initialize(from: text.utf8)
    return body(jspg_bytes(data: bytes.baseAddress, length: bytes.count))
}

extension [String?] {
    /// Lends the values of a row.
    func withLentValues<Result>(_ body: (UnsafePointer<jspg_value>?) -> Result) -> Result {
        let texts = map { Array<UInt8>(($0 ?? "").utf8) }
        let values = indices.map { index in
            jspg_value(
                is_null: self[index] == nil ? 1 : 0,
                text: texts[index].withUnsafeBufferPointer { text in
                    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
                    _ = copy.initialize(from: text)
                    return jspg_bytes(data: copy.baseAddress, length: copy.count)
                })
        }
        defer { for value in values { value.text.data?.deallocate() } }
        return values.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
