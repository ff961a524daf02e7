// The typed functions of one table.
import Operations
import Tables

/// What the descriptor's `checks` and `derives` name, resolved in the plugin's image.
struct TypedFunctions: @unchecked Sendable {
    // Unchecked: what the buffers hold is written in `init` alone.

    /// A check in use. Neither it nor its function is ever freed, as the generation is not: a call counts no references,
    /// which took longer than the call itself.
    private struct Check {
        let message: String
        /// JSON Pointer to what the check is about.
        let pointer: String
        unowned(unsafe) let function: TypedFunction
    }

    private struct Derive {
        let declared: TableDescriptor.Derive
        unowned(unsafe) let function: TypedFunction
    }

    private let checks: UnsafeBufferPointer<Check>
    private let derives: UnsafeBufferPointer<Derive>

    init(_ descriptor: TableDescriptor, _ image: PluginImage) throws(PluginFailure) {
        func resolve(
            _ name: String, _ signature: TypedSignature, _ columns: [Int]
        ) throws(PluginFailure) -> TypedFunction {
            guard let address = image.symbol(name) else {
                throw PluginFailure.missingFunction(name)
            }
            let function = try TypedFunction(name: name, signature: signature, columns: columns, address: address)
            return Unmanaged.passRetained(function).takeUnretainedValue()
        }
        var checks: [Check] = []
        for check in descriptor.checks {
            // A body has no other place for what several columns together get wrong.
            let member = check.columns.count == 1 ? descriptor.columns[check.columns[0]].jsonName : nil
            checks.append(
                Check(
                    message: check.message, pointer: member.map { "/\($0)" } ?? "",
                    function: try resolve(check.function, check.signature, check.columns)))
        }
        var derives: [Derive] = []
        for derive in descriptor.derives {
            derives.append(
                Derive(
                    declared: derive, function: try resolve(derive.function, derive.signature, derive.from)))
        }
        self.checks = UnsafeBufferPointer(neverFreed: checks)
        self.derives = UnsafeBufferPointer(neverFreed: derives)
    }

    /// - Throws: `PluginRejection` with every check that a row fails. A check that can't tell (NULL) passes, as
    ///   PostgreSQL's do.
    func check(_ row: [ColumnValue]) throws(PluginRejection) {
        if checks.isEmpty { return }
        try row.withUnsafeBufferPointer { row throws(PluginRejection) in try check(row) }
    }

    private func check(_ row: UnsafeBufferPointer<ColumnValue>) throws(PluginRejection) {
        var errors: [FieldError] = []
        for index in checks.indices {
            do throws(PluginRejection) {
                guard try checks[index].function.answer(row) == false else { continue }
                errors.append(
                    FieldError(
                        pointer: checks[index].pointer, code: "check_failed", message: checks[index].message))
            } catch {
                if error.isFault { throw error }
                errors += error.errors
            }
        }
        if !errors.isEmpty { throw PluginRejection(errors: errors, isFault: false) }
    }

    /// Sets the derived columns, in the order of the descriptor. What an update does not touch stays as it is.
    func derive(into row: inout [ColumnValue]) throws(PluginRejection) {
        for derive in derives {
            let (declared, function) = (derive.declared, derive.function)
            let outcome = try row.withUnsafeBufferPointer { row throws(PluginRejection) in try function.call(row) }
            switch outcome {
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
                // One value for each column that it may look at.
                let values = function.sampleRow { Self.sample($0, variant) }
                do throws(PluginRejection) {
                    _ = try values.withUnsafeBufferPointer { row throws(PluginRejection) in try function.call(row) }
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
