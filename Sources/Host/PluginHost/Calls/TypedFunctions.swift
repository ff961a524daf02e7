// The typed functions of one table.
import Operations
import Tables

/// What the descriptor's `checks` and `derives` name, resolved in the plugin's image.
struct TypedFunctions: Sendable {
    /// A check in use.
    private final class Check: Sendable {
        let columns: [Int]
        let message: String
        /// JSON Pointer to what the check is about.
        let pointer: String
        let function: TypedFunction

        init(columns: [Int], message: String, pointer: String, function: TypedFunction) {
            self.columns = columns
            self.message = message
            self.pointer = pointer
            self.function = function
        }
    }

    private let checks: [Check]
    private let derives: [(declared: TableDescriptor.Derive, function: TypedFunction)]

    init(_ descriptor: TableDescriptor, _ image: PluginImage) throws(PluginFailure) {
        func resolve(_ name: String, _ signature: TypedSignature) throws(PluginFailure) -> TypedFunction {
            guard let address = image.symbol(name) else {
                throw PluginFailure.missingFunction(name)
            }
            return try TypedFunction(name: name, signature: signature, address: address)
        }
        var checks: [Check] = []
        for check in descriptor.checks {
            // A body has no other place for what several columns together get wrong.
            let member = check.columns.count == 1 ? descriptor.columns[check.columns[0]].jsonName : nil
            checks.append(
                Check(
                    columns: check.columns, message: check.message, pointer: member.map { "/\($0)" } ?? "",
                    function: try resolve(check.function, check.signature)))
        }
        var derives: [(TableDescriptor.Derive, TypedFunction)] = []
        for derive in descriptor.derives { derives.append((derive, try resolve(derive.function, derive.signature))) }
        self.checks = checks
        self.derives = derives
    }

    /// - Throws: `PluginRejection` with every check that a row fails. A check that can't tell (NULL) passes, as
    ///   PostgreSQL's do.
    func check(_ row: [ColumnValue]) throws(PluginRejection) {
        var errors: [FieldError] = []
        for check in checks {
            do throws(PluginRejection) {
                guard try check.function.answer(row, check.columns) == false else { continue }
                errors.append(FieldError(pointer: check.pointer, code: "check_failed", message: check.message))
            } catch {
                if error.isFault { throw error }
                errors += error.errors
            }
        }
        if !errors.isEmpty { throw PluginRejection(errors: errors, isFault: false) }
    }

    /// Sets the derived columns, in the order of the descriptor. What an update does not touch stays as it is.
    func derive(into row: inout [ColumnValue]) throws(PluginRejection) {
        for (declared, function) in derives {
            switch try function.call(row, declared.from) {
            case .text(let text): row[declared.column] = .text(text)
            case .null: row[declared.column] = .null
            case .notCalled:
                if !declared.from.contains(where: { row[$0] == .absent }) { row[declared.column] = .null }
            }
        }
    }

    /// Calls every function with ordinary and extreme values of its types. In the probe.
    func tryAll() throws(PluginFailure) {
        for function in checks.map(\.function) + derives.map(\.function) {
            for variant in 0..<6 {
                let values = function.signature.parameters.map { Self.sample($0, variant) }
                do throws(PluginRejection) {
                    _ = try function.call(values, Array(values.indices))
                } catch {
                    for problem in error.errors where problem.code.isEmpty || problem.message.isEmpty {
                        throw PluginFailure(
                            "its function \(function.name) reports an error without a code or a message")
                    }
                }
            }
        }
    }

    private static func sample(_ parameter: TypedSignature.Value, _ variant: Int) -> ColumnValue {
        if parameter.isNullable && variant == 5 { return .null }
        let samples =
            switch parameter.kind {
            case .bool: ["true", "false"]
            case .i64: ["0", "1", "-1", String(Int64.max), String(Int64.min)]
            case .f64: ["0", "-0.0", "1e308", "-1e308", "5e-324"]
            case .utf8: ["", "a", "\u{1F418} é", String(repeating: "x", count: 4_096), " \t\n"]
            case .json: ["{}", "[]", "null", "[[[{}]]]", "\"text\""]
            case .decimal: ["0", "1.50", "-99999999999999999999999999.999", "1e400", "-0.0"]
            case .uuid: ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]
            case .timestamp: ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
            }
        return .text(Array(samples[variant % samples.count].utf8))
    }
}
