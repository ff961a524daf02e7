// The errors that a plugin reports while one of its functions runs.
import CPluginABI
import Operations
import Tables

/// Collects errors that a plugin reports. Used on the calling thread, for the length of one call.
struct ErrorCollector {
    private(set) var errors: [FieldError] = []

    private mutating func add(_ error: FieldError) {
        // A plugin that reports without end must not fill the memory.
        if errors.count < BodyValidator.maximumErrors { errors.append(error) }
    }

    /// Lends a sink to `body`.
    mutating func withSink<Value>(_ body: (UnsafePointer<jspg_error_sink>) -> Value) -> Value {
        withUnsafeMutablePointer(to: &self) { collector in
            var sink = jspg_error_sink(
                struct_size: MemoryLayout<jspg_error_sink>.size, context: UnsafeMutableRawPointer(collector),
                report: { context, code, message, pointer in
                    context?.assumingMemoryBound(to: ErrorCollector.self).pointee.add(
                        FieldError(
                            pointer: String(borrowing: pointer), code: String(borrowing: code),
                            message: String(borrowing: message)))
                })
            return body(&sink)
        }
    }

    /// What the result and the errors mean together.
    func outcome(_ result: jspg_result, of function: String) throws(PluginRejection) {
        if result == JSPG_OK.result && errors.isEmpty { return }
        if result == JSPG_OK.result || result == JSPG_REJECTED.result, !errors.isEmpty {
            throw PluginRejection(errors: errors, isFault: false)
        }
        let reason = errors.isEmpty ? "The plugin's function \(function) failed and gave no reason." : nil
        throw PluginRejection(
            errors: reason.map { [FieldError(pointer: "", code: "plugin_failed", message: $0)] } ?? errors,
            isFault: true, isSilent: errors.isEmpty && result == JSPG_REJECTED.result)
    }
}
