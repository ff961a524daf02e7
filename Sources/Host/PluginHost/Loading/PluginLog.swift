// The capability "jspg.log/1".
import CPluginABI
import Logging

/// Lets plugins write into the host's log.
enum PluginLog {
    static let capability = "jspg.log/1"

    /// Lives as long as the process, as the header promises.
    static var pointer: UnsafeRawPointer { UnsafeRawPointer(table.pointer) }

    private struct Table: @unchecked Sendable {
        // Unchecked: written once before anybody can see it, never changed or freed.
        let pointer: UnsafeMutablePointer<jspg_log>
    }

    private static let logger = Logger(label: "plugin")

    private static let table: Table = {
        let pointer = UnsafeMutablePointer<jspg_log>.allocate(capacity: 1)
        pointer.initialize(
            to: jspg_log(
                struct_size: MemoryLayout<jspg_log>.size, context: nil,
                write: { _, level, message in
                    let levels: [Logger.Level] = [.debug, .info, .warning, .error]
                    let known = levels.indices.contains(Int(level)) ? levels[Int(level)] : .info
                    PluginLog.logger.log(level: known, "\(String(borrowing: message))")
                }))
        return Table(pointer: pointer)
    }()
}
