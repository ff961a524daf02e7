// Text and bytes across the boundary. Both sides copy; nothing outlives a call.
import CPluginABI

extension jspg_bytes {
    /// Borrowed: valid until the call that brought it returns.
    var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: data, count: data == nil ? 0 : length) }
}

/// Lends a string's UTF-8 to a call.
func withBytes<Result>(of string: String, _ body: (jspg_bytes) -> Result) -> Result {
    var string = string
    return string.withUTF8 { body(jspg_bytes(data: $0.baseAddress, length: $0.count)) }
}
