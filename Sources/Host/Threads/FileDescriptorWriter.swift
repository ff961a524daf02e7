// Writing to what is open.
import Glibc

/// write(2) until all is written. Blocks; any thread.
package enum FileDescriptorWriter {
    /// - Returns: whether all bytes are written; where not, `errno` says why.
    @discardableResult
    package static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
        }
        return true
    }
}
