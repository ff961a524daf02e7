// The capability "jspg.log/1".
import CPluginABI
import Logging
import Telemetry

/// Lets one registration of a plugin write into the host's log; its lines say which file they are from. Any thread.
final class PluginLog: Sendable {
    static let capability = "jspg.log/1"

    private let logger: Logger

    /// - Parameters:
    ///   - logger: the host's.
    ///   - hash: of the file.
    init(_ logger: Logger, file: String, hash: String) {
        var logger = logger
        logger[metadataKey: LogKey.logger] = "plugin"
        logger[metadataKey: "file"] = "\(file)"
        logger[metadataKey: LogKey.plugin] = "\(hash.prefix(12))"
        self.logger = logger
    }

    /// For registrations in the probe and in tools, which have one plugin at a time.
    init() {
        logger = Logger(label: "plugin")
    }

    /// What the plugin gets. It lives as long as the process, as the header promises and as the plugin's image does, and so
    /// does this log.
    func makeCapability() -> UnsafeRawPointer {
        let pointer = UnsafeMutablePointer<jspg_log>.allocate(capacity: 1)
        pointer.initialize(
            to: jspg_log(
                struct_size: MemoryLayout<jspg_log>.size, context: Unmanaged.passRetained(self).toOpaque(),
                write: { context, level, message in
                    guard let context else { return }
                    Unmanaged<PluginLog>.fromOpaque(context).takeUnretainedValue()
                        .write(level, String(borrowing: message))
                }))
        return UnsafeRawPointer(pointer)
    }

    private func write(_ level: Int32, _ message: String) {
        let levels: [Logger.Level] = [.debug, .info, .warning, .error]
        logger.log(level: levels.indices.contains(Int(level)) ? levels[Int(level)] : .info, "\(message)")
    }
}
