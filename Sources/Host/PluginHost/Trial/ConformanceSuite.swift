// What every plugin must get right, whatever its table.
import Operations
import Tables

/// Calls a table's functions with bodies that no host would pass on, and looks at how they answer. Runs in the probe.
enum ConformanceSuite {
    private static let bodies = [
        "{}", "[]", "null", "", "{\"", "{\"a\":1e400}", "\u{FFFD}", "{\"a\":{\"a\":[[[[]]]]}}",
    ]

    /// - Throws: `PluginFailure` where a function breaks the contract of the header.
    static func run(_ table: LoadedTable) throws(PluginFailure) {
        let id = "00000000-0000-4000-8000-000000000000"
        for body in bodies.map({ Array($0.utf8) }) {
            for kind in table.descriptor.operations.sorted(by: { $0.rawValue < $1.rawValue }) {
                try check("validate") { () throws(PluginRejection) in
                    try table.callValidate(kind: kind, entityID: id, body: body)
                }
                try check("prepare") { () throws(PluginRejection) in
                    var row = [ColumnValue](repeating: .absent, count: table.descriptor.columns.count)
                    try table.callPrepare(kind: kind, entityID: id, body: body, now: 0, into: &row)
                }
            }
        }
        try table.typedFunctions.tryAll()
    }

    /// Any answer will do, except for one that says nothing.
    private static func check(_ function: String, _ call: () throws(PluginRejection) -> Void) throws(PluginFailure) {
        do {
            try call()
        } catch {
            if error.isSilent { throw PluginFailure("its function \(function) rejects a body and reports no error") }
            for problem in error.errors where problem.code.isEmpty || problem.message.isEmpty {
                throw PluginFailure("its function \(function) reports an error without a code or a message")
            }
        }
    }
}
