// A function of a plugin that takes and returns native values.
import CLibFFI
import CPluginABI
import Operations
import Tables

/// A typed function, its call prepared once. Used from any thread; never freed.
struct TypedFunction: @unchecked Sendable {
    // Unchecked: the call interface is written here alone and only read afterwards, and the header demands that a
    // plugin's functions may be called from any thread.
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

    /// Calls the function with a row's values, in the order of its parameters.
    func call(_ values: [ColumnValue]) throws(PluginRejection) -> Outcome {
        for (value, parameter) in zip(values, signature.parameters) {
            if value == .absent || (value == .null && !parameter.isNullable) { return .notCalled }
        }
        var arguments = TypedArguments()
        for (value, parameter) in zip(values, signature.parameters) {
            guard arguments.append(value, as: parameter) else {
                throw fault("The function \(name) could not be given its arguments.")
            }
        }
        return try signature.returnsThroughSink ? callWithSink(arguments) : callForScalar(arguments)
    }

    private func callForScalar(_ arguments: borrowing TypedArguments) throws(PluginRejection) -> Outcome {
        // libffi widens results to at least a register, `ffi_arg`.
        var result: UInt64 = 0
        arguments.withPointers(appending: []) { ffi_call(interface, address, &result, $0) }
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

    private func callWithSink(_ arguments: borrowing TypedArguments) throws(PluginRejection) -> Outcome {
        var errors = ErrorCollector()
        var collector = ByteCollector()
        let result = errors.withSink { errors in
            collector.withSink { sink in
                var result: UInt64 = 0
                let sinks = [UInt64(UInt(bitPattern: sink)), UInt64(UInt(bitPattern: errors))]
                arguments.withPointers(appending: sinks) { ffi_call(interface, address, &result, $0) }
                return jspg_result(truncatingIfNeeded: result)
            }
        }
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

    private func fault(_ sentence: String) -> PluginRejection {
        PluginRejection(errors: [FieldError(pointer: "", code: "plugin_failed", message: sentence)], isFault: true)
    }
}
