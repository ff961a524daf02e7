// The ELF note that a host reads from a plugin's file before any of its code runs.

// The layout of jspg_plugin_note: name size, info size, type, "JSPG", then jspg_plugin_info: its length, ABI major and
// minor, version of PluginAPI (1.0.0), and the Swift compiler's version. A constant section takes literals alone, so
// each compiler has a line; one that is newer than all of them counts as 6.4.0 until it gets its own, here and in the
// hosts' SwiftRuntime, which refuse a plugin of another minor version.
#if compiler(>=6.4)
    @section(".note.jspg") @used
    let pluginNote: PluginNote = (5, 28, 1, [0x4a, 0x53, 0x50, 0x47, 0, 0, 0, 0], 28, 1, 0, 1_000_000, 6, 4, 0)
#elseif compiler(>=6.3.3)
    @section(".note.jspg") @used
    let pluginNote: PluginNote = (5, 28, 1, [0x4a, 0x53, 0x50, 0x47, 0, 0, 0, 0], 28, 1, 0, 1_000_000, 6, 3, 3)
#elseif compiler(>=6.3.2)
    @section(".note.jspg") @used
    let pluginNote: PluginNote = (5, 28, 1, [0x4a, 0x53, 0x50, 0x47, 0, 0, 0, 0], 28, 1, 0, 1_000_000, 6, 3, 2)
#elseif compiler(>=6.3.1)
    @section(".note.jspg") @used
    let pluginNote: PluginNote = (5, 28, 1, [0x4a, 0x53, 0x50, 0x47, 0, 0, 0, 0], 28, 1, 0, 1_000_000, 6, 3, 1)
#else
    @section(".note.jspg") @used
    let pluginNote: PluginNote = (5, 28, 1, [0x4a, 0x53, 0x50, 0x47, 0, 0, 0, 0], 28, 1, 0, 1_000_000, 6, 3, 0)
#endif

typealias PluginNote = (
    UInt32, UInt32, UInt32, InlineArray<8, UInt8>, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32
)
