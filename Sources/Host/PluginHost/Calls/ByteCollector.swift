// The bytes that a plugin writes while one of its functions runs.
import CPluginABI

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
