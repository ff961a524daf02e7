// The functions of a table that a plugin registered.
import CPluginABI

/// A copy of a plugin's `jspg_table_functions`, with everything beyond the plugin's own `struct_size` empty.
struct TableFunctions: @unchecked Sendable {
    // Unchecked: the header demands that a table's functions and its context live as long as the process and may be
    // used from any thread.
    let functions: jspg_table_functions
    let context: UnsafeMutableRawPointer?

    init(_ given: UnsafePointer<jspg_table_functions>?, context: UnsafeMutableRawPointer?) {
        var copy = jspg_table_functions()
        if let given {
            let size = min(given.pointee.struct_size, MemoryLayout<jspg_table_functions>.size)
            withUnsafeMutableBytes(of: &copy) { $0.baseAddress?.copyMemory(from: given, byteCount: size) }
        }
        functions = copy
        self.context = context
    }
}
