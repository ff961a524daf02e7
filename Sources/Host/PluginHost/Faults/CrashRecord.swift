// What is known of a process that ended in a plugin's code.
import Glibc
import JSON
package import Operations

/// A call that a process did not come back from.
package struct CrashRecord: Sendable, Hashable {
    package enum Cause: Sendable, Hashable {
        /// A fatal signal came during the call.
        case signal(Int32)
        /// The plugin called exit(3).
        case exit
        /// The call did not return in time.
        case hang
        /// The process ended during the call, perhaps by something else: SIGKILL, out of memory, power.
        case unproven
    }

    /// `gateway`, `processor` or `read-api`.
    package let host: String
    /// SHA-256 of the plugin's file.
    package let hash: String
    /// Empty while the file was being loaded.
    package let table: String
    /// The file's name in the plugin folder.
    package let file: String
    package let function: PluginFunction
    package let cause: Cause
    package let operation: OperationID?
    package let fingerprint: Fingerprint?
    package let at: Timestamp

    package init(
        host: String, hash: String, table: String, file: String, function: PluginFunction, cause: Cause,
        operation: OperationID? = nil, fingerprint: Fingerprint? = nil, at: Timestamp
    ) {
        self.host = host
        self.hash = hash
        self.table = table
        self.file = file
        self.function = function
        self.cause = cause
        self.operation = operation
        self.fingerprint = fingerprint
        self.at = at
    }

    /// Whether the plugin ended the process, rather than something that came while it was called.
    package var isProven: Bool { cause != .unproven }

    /// Whether a file that was being loaded ended the process: it is not tried again.
    var isOfLoading: Bool { (function == .load || function == .register) && isProven }

    /// `crashed in prepare (signal 4, Illegal instruction)`
    package var sentence: String {
        switch cause {
        case .signal(let signal):
            "crashed in \(function.name) (signal \(signal), "
                + "\(strsignal(signal).map { String(cString: $0) } ?? "unknown"))"
        case .exit: "ended the process in \(function.name)"
        case .hang: "did not return from \(function.name)"
        case .unproven: "was in \(function.name) when the process ended"
        }
    }

    // MARK: - JSON

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("host", host)
        writer.member("hash", hash)
        writer.member("table", table)
        writer.member("file", file)
        writer.member("function", function.name)
        switch cause {
        case .signal(let signal): writer.member("signal", signal)
        case .exit: writer.member("cause", "exit")
        case .hang: writer.member("cause", "hang")
        case .unproven: break
        }
        if let operation { writer.member("operation", operation.description) }
        if let fingerprint { writer.member("fingerprint", fingerprint.hexadecimal) }
        writer.member("at", at.microseconds)
        writer.endObject()
        return writer.bytes
    }

    init?(_ json: JSONValue) {
        guard let host = json["host"]?.string, let hash = json["hash"]?.string, let file = json["file"]?.string,
            let name = json["function"]?.string,
            let function = PluginFunction.allCases.first(where: { $0.name == name }), let at = json["at"]?.int64
        else { return nil }
        let cause: Cause =
            if let signal = json["signal"]?.int64 {
                .signal(Int32(truncatingIfNeeded: signal))
            } else {
                switch json["cause"]?.string {
                case "exit": .exit
                case "hang": .hang
                default: .unproven
                }
            }
        self.init(
            host: host, hash: hash, table: json["table"]?.string ?? "", file: file, function: function, cause: cause,
            operation: (json["operation"]?.string).flatMap { OperationID($0) },
            fingerprint: (json["fingerprint"]?.string).flatMap { Fingerprint(hexadecimal: $0) },
            at: Timestamp(microseconds: at))
    }
}
