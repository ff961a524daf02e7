// Lines in the host's log.
import CPluginABI

/// The host's log, capability `jspg.log/1`. Any thread may write to it.
///
/// A host without that capability drops the lines. Never log a body or its values.
public struct HostLog: Sendable {
    /// How much a line matters.
    public enum Level: Int32, Sendable { case debug, info, warning, error }

    /// Drops every line.
    public static let silent = HostLog(nil)

    // Unsafe, and right: the host promises that the struct lives as long as the process and takes any thread.
    nonisolated(unsafe) private let log: UnsafePointer<jspg_log>?

    init(_ log: UnsafePointer<jspg_log>?) { self.log = log }

    /// Writes one line.
    public func write(_ level: Level, _ message: String) {
        guard let log, let write = log.pointee.write else { return }
        withBytes(of: message) { write(log.pointee.context, level.rawValue, $0) }
    }

    /// Writes what matters only to who looks for a fault.
    public func debug(_ message: String) { write(.debug, message) }
    /// Writes what is worth knowing and expected.
    public func info(_ message: String) { write(.info, message) }
    /// Writes what is not as it should be, and does no harm yet.
    public func warning(_ message: String) { write(.warning, message) }
    /// Writes what has failed.
    public func error(_ message: String) { write(.error, message) }
}
