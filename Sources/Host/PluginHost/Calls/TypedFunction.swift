// A function of a plugin that takes and returns native values.
import CLibFFI
import CPluginABI
import Operations
import Tables

/// A typed function, its call prepared once. Used from any thread; never freed.
final class TypedFunction: @unchecked Sendable {
    // Unchecked: the call interface is written here alone and only read afterwards, and the header demands that a
    // plugin's functions may be called from any thread.
    // A class, so that a call passes one pointer on rather than a copy of everything.
    enum Outcome: Equatable {
        /// An argument is missing, so that there is nothing to compute.
        case notCalled
        case null
        /// PostgreSQL's input text; `true` and `false` for bool.
        case text([UInt8])
    }

    let name: String
    let signature: TypedSignature
    private let address: @convention(c) () -> Void
    private let interface: UnsafeMutablePointer<ffi_cif>

    init(name: String, signature: TypedSignature, address: UnsafeMutableRawPointer) throws(PluginFailure) {
        self.name = name
        self.signature = signature
        self.address = unsafeBitCast(address, to: (@convention(c) () -> Void).self)
        var types = signature.parameters.flatMap(Self.argumentTypes)
        if signature.returnsThroughSink { types += [ffi_type_of_pointer(), ffi_type_of_pointer()] }
        let kept = UnsafeMutablePointer<UnsafeMutablePointer<ffi_type>?>.allocate(capacity: types.count)
        for (index, type) in types.enumerated() { (kept + index).initialize(to: type) }
        interface = .allocate(capacity: 1)
        interface.initialize(to: ffi_cif())
        let result = ffi_prep_cif(
            interface, FFI_DEFAULT_ABI, UInt32(types.count), Self.resultType(signature), kept)
        guard result == FFI_OK else {
            throw PluginFailure("the call of its function \(name) can't be prepared (libffi: \(result.rawValue))")
        }
    }

    private static func argumentTypes(_ parameter: TypedSignature.Value) -> [UnsafeMutablePointer<ffi_type>?] {
        switch parameter.kind {
        case .utf8, .json, .decimal: [ffi_type_of_pointer(), ffi_type_of_int64()]
        case .uuid: [ffi_type_of_pointer()]
        case _ where parameter.isNullable: [ffi_type_of_pointer()]
        case .bool: [ffi_type_of_byte()]
        case .i64, .timestamp: [ffi_type_of_int64()]
        case .f64: [ffi_type_of_double()]
        }
    }

    private static func resultType(_ signature: TypedSignature) -> UnsafeMutablePointer<ffi_type> {
        if signature.returnsThroughSink { return ffi_type_of_int32() }
        return switch signature.result.kind {
        case .bool: ffi_type_of_byte()
        case .f64: ffi_type_of_double()
        default: ffi_type_of_int64()
        }
    }

    // MARK: - Calling

    /// Calls the function with some columns of a row.
    ///
    /// - Parameter columns: indexes into `row`, one for each parameter.
    func call(_ row: [ColumnValue], _ columns: [Int]) throws(PluginRejection) -> Outcome {
        guard hasArguments(row, columns) else { return .notCalled }
        return signature.returnsThroughSink ? try callWithSink(row, columns) : try callForScalar(row, columns)
    }

    /// Calls a function that answers yes or no.
    ///
    /// - Returns: `nil` where it has nothing to say: an argument is missing, or the answer is NULL.
    func answer(_ row: [ColumnValue], _ columns: [Int]) throws(PluginRejection) -> Bool? {
        guard hasArguments(row, columns) else { return nil }
        guard signature.returnsThroughSink else { return try scalar(row, columns) & 0xFF != 0 }
        guard case .text(let text) = try callWithSink(row, columns) else { return nil }
        return text != Self.no
    }

    private static let no = Array("false".utf8)

    private func hasArguments(_ row: [ColumnValue], _ columns: [Int]) -> Bool {
        for index in columns.indices {
            switch row[columns[index]] {
            case .absent: return false
            case .null where !signature.parameters[index].isNullable: return false
            case .null, .text: break
            }
        }
        return true
    }

    private func scalar(_ row: [ColumnValue], _ columns: [Int]) throws(PluginRejection) -> UInt64 {
        // libffi widens results to at least a register, `ffi_arg`.
        var result: UInt64 = 0
        let isCalled = TypedArguments.lend(row, columns, as: signature.parameters, appending: nil) {
            ffi_call(interface, address, &result, $0)
        }
        guard isCalled else { throw wrongArguments }
        return result
    }

    private func callForScalar(_ row: [ColumnValue], _ columns: [Int]) throws(PluginRejection) -> Outcome {
        let result = try scalar(row, columns)
        switch signature.result.kind {
        case .bool: return .text(Array((result & 0xFF != 0 ? "true" : "false").utf8))
        case .f64: return .text(Array("\(Double(bitPattern: result))".utf8))
        case .timestamp:
            guard let text = Timestamp.postgresText(microseconds: Int64(bitPattern: result)) else {
                throw fault("The function \(name) returned a time beyond the years 1 to 9999.")
            }
            return .text(Array(text.utf8))
        default: return .text(Array(String(Int64(bitPattern: result)).utf8))
        }
    }

    private func callWithSink(_ row: [ColumnValue], _ columns: [Int]) throws(PluginRejection) -> Outcome {
        var errors = ErrorCollector()
        var collector = ByteCollector()
        let called: jspg_result? = errors.withSink { errors in
            collector.withSink { sink in
                var result: UInt64 = 0
                let isCalled = TypedArguments.lend(
                    row, columns, as: signature.parameters,
                    appending: (UInt64(UInt(bitPattern: sink)), UInt64(UInt(bitPattern: errors)))
                ) { ffi_call(interface, address, &result, $0) }
                return isCalled ? jspg_result(truncatingIfNeeded: result) : nil
            }
        }
        guard let result = called else { throw wrongArguments }
        if result == JSPG_NULL.result && errors.errors.isEmpty {
            guard signature.result.isNullable else {
                throw fault("The function \(name) returned NULL, which its signature does not allow.")
            }
            return .null
        }
        try errors.outcome(result, of: name)
        guard !collector.bytes.contains(0), String(validating: collector.bytes, as: UTF8.self) != nil else {
            throw fault("The function \(name) returned text that is no UTF-8 or has a NUL in it.")
        }
        return .text(collector.bytes)
    }

    private var wrongArguments: PluginRejection { fault("The function \(name) could not be given its arguments.") }

    private func fault(_ sentence: String) -> PluginRejection {
        PluginRejection(errors: [FieldError(pointer: "", code: "plugin_failed", message: sentence)], isFault: true)
    }
}
