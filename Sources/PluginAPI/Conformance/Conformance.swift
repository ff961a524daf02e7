// What an author's test asks of a table before any host does.
import CPluginABI

/// Calls a table's functions with bodies that no host would pass on, and looks at how they answer.
///
/// ```swift
/// @Test func conformance() throws { try Conformance.check(Invoices.self) }
/// ```
///
/// Hosts do the same in a process of its own before they load a file. A function that traps ends the test. The definition is
/// not looked at: `jspg plugin check` takes every step that hosts take with a file, and says whether they would load it.
public enum Conformance {
    /// Why hosts would refuse a table.
    public struct Failure: Error, CustomStringConvertible {
        /// One sentence, which names the function and the body.
        public let description: String
    }

    private static let bodies = [
        "{}", "[]", "null", "", "{\"", "{\"a\":1e400}", "\u{FFFD}", "{\"a\":{\"a\":[[[[]]]]}}",
    ]

    /// - Throws: ``Failure``, where the self-test fails or a function reports an error without a code or a message.
    public static func check<Table: TableHandler>(_ table: Table.Type) throws(Failure) {
        let bridge = TableBridge<Table>(log: .silent)
        let functions = bridge.functions
        let context = Unmanaged<AnyTableBridge>.passUnretained(bridge).toOpaque()
        defer { withExtendedLifetime(bridge) {} }
        var errors = ReportedErrors()
        if let selfTest = functions.self_test, errors.collect({ selfTest(context, $0) }) != jspg_result(JSPG_OK) {
            throw Failure(description: "The self-test failed: \(errors.messages.joined(separator: "; "))")
        }
        for body in bodies {
            for operation in [JSPG_CREATE, JSPG_UPDATE, JSPG_UPSERT].map({ jspg_operation($0) }) {
                try check("validate", body, &errors) { id, body, sink in
                    functions.validate?(context, operation, id, body, sink)
                }
                try check("prepare", body, &errors) { id, body, sink in
                    var row = jspg_row_sink(
                        struct_size: MemoryLayout<jspg_row_sink>.size, context: nil,
                        set: { _, _, _ in jspg_result(JSPG_OK) }, set_null: { _, _ in jspg_result(JSPG_OK) })
                    return functions.prepare?(context, operation, id, body, 0, &row, sink)
                }
            }
        }
    }

    private static func check(
        _ function: String, _ body: String, _ errors: inout ReportedErrors,
        _ call: (jspg_bytes, jspg_bytes, UnsafePointer<jspg_error_sink>) -> jspg_result?
    ) throws(Failure) {
        let result = errors.collect { sink in
            withBytes(of: "00000000-0000-4000-8000-000000000000") { id in
                withBytes(of: body) { call(id, $0, sink) }
            }
        }
        if errors.hasEmpty || (result == jspg_result(JSPG_REJECTED) && errors.messages.isEmpty) {
            throw Failure(
                description: "\(function) refused the body \(body) with an error that has no code or no message.")
        }
    }
}

/// Errors that a table's function reports.
private struct ReportedErrors {
    private(set) var messages: [String] = []
    private(set) var hasEmpty = false

    mutating func collect<Result>(_ call: (UnsafePointer<jspg_error_sink>) -> Result) -> Result {
        self = ReportedErrors()
        return withUnsafeMutablePointer(to: &self) { errors in
            var sink = jspg_error_sink(
                struct_size: MemoryLayout<jspg_error_sink>.size, context: errors,
                report: { context, code, message, _ in
                    guard let errors = context?.assumingMemoryBound(to: ReportedErrors.self) else { return }
                    errors.pointee.messages.append(String(decoding: message.buffer, as: UTF8.self))
                    if code.length == 0 || message.length == 0 { errors.pointee.hasEmpty = true }
                })
            return call(&sink)
        }
    }
}
