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

    /// A parameter with the column that it gets. A plain value, so that reading it counts no references.
    struct Parameter {
        let kind: TypedSignature.Kind
        let isNullable: Bool
        /// Index into the row.
        let column: Int
    }

    let name: String
    let signature: TypedSignature
    private let parameters: UnsafeBufferPointer<Parameter>
    private let returnsThroughSink: Bool
    private let address: @convention(c) () -> Void
    private let interface: UnsafeMutablePointer<ffi_cif>

    /// - Parameter columns: what it is called with, one index into the row for each parameter.
    init(
        name: String, signature: TypedSignature, columns: [Int], address: UnsafeMutableRawPointer
    ) throws(PluginFailure) {
        self.name = name
        self.signature = signature
        parameters = UnsafeBufferPointer(
            neverFreed: zip(signature.parameters, columns).map {
                Parameter(kind: $0.kind, isNullable: $0.isNullable, column: $1)
            })
        returnsThroughSink = signature.returnsThroughSink
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

    /// A row in which each of its columns has a value, the others none. For the trial.
    func sampleRow(_ sample: (TypedSignature.Value) -> ColumnValue) -> [ColumnValue] {
        var row = [ColumnValue](repeating: .null, count: (parameters.map(\.column).max() ?? -1) + 1)
        for (parameter, value) in zip(parameters, signature.parameters) { row[parameter.column] = sample(value) }
        return row
    }

    // MARK: - Calling

    /// Calls the function with its columns of a row.
    func call(_ row: UnsafeBufferPointer<ColumnValue>) throws(PluginRejection) -> Outcome {
        guard hasArguments(row) else { return .notCalled }
        return returnsThroughSink ? try callWithSink(row) : try callForScalar(row)
    }

    /// Calls a function that answers yes or no.
    ///
    /// - Returns: `nil` where it has nothing to say: an argument is missing, or the answer is NULL.
    func answer(_ row: UnsafeBufferPointer<ColumnValue>) throws(PluginRejection) -> Bool? {
        guard hasArguments(row) else { return nil }
        guard returnsThroughSink else { return try scalar(row) & 0xFF != 0 }
        guard case .text(let text) = try callWithSink(row) else { return nil }
        guard let answer = TypedArguments.boolean(String(decoding: text, as: UTF8.self)) else {
            throw .fault("The function \(name) returned neither `true` nor `false`.")
        }
        return answer
    }

    private func hasArguments(_ row: UnsafeBufferPointer<ColumnValue>) -> Bool {
        for parameter in parameters {
            switch row[parameter.column] {
            case .absent: return false
            case .null: if !parameter.isNullable { return false }
            case .text: break
            }
        }
        return true
    }

    private func scalar(_ row: UnsafeBufferPointer<ColumnValue>) throws(PluginRejection) -> UInt64 {
        // libffi widens results to at least a register, `ffi_arg`.
        var result: UInt64 = 0
        let isCalled = TypedArguments.lend(row, as: parameters, appending: nil) {
            ffi_call(interface, address, &result, $0)
        }
        guard isCalled else { throw wrongArguments }
        return result
    }

    private func callForScalar(_ row: UnsafeBufferPointer<ColumnValue>) throws(PluginRejection) -> Outcome {
        let result = try scalar(row)
        switch signature.result.kind {
        case .bool: return .text(Array((result & 0xFF != 0 ? "true" : "false").utf8))
        case .f64: return .text(Array("\(Double(bitPattern: result))".utf8))
        case .timestamp:
            guard let text = Timestamp.postgresText(microseconds: Int64(bitPattern: result)) else {
                throw .fault("The function \(name) returned a time beyond the years 1 to 9999.")
            }
            return .text(Array(text.utf8))
        default: return .text(Array(String(Int64(bitPattern: result)).utf8))
        }
    }

    private func callWithSink(_ row: UnsafeBufferPointer<ColumnValue>) throws(PluginRejection) -> Outcome {
        var errors = ErrorCollector()
        var collector = ByteCollector()
        let called: jspg_result? = errors.withSink { errors in
            collector.withSink { sink in
                var result: UInt64 = 0
                let isCalled = TypedArguments.lend(
                    row, as: parameters,
                    appending: (UInt64(UInt(bitPattern: sink)), UInt64(UInt(bitPattern: errors)))
                ) { ffi_call(interface, address, &result, $0) }
                return isCalled ? jspg_result(truncatingIfNeeded: result) : nil
            }
        }
        guard let result = called else { throw wrongArguments }
        if result == JSPG_NULL.result && errors.errors.isEmpty {
            guard signature.result.isNullable else {
                throw .fault("The function \(name) returned NULL, which its signature does not allow.")
            }
            return .null
        }
        try errors.outcome(result, of: name)
        guard !collector.bytes.contains(0), String(validating: collector.bytes, as: UTF8.self) != nil else {
            throw .fault("The function \(name) returned text that is no UTF-8 or has a NUL in it.")
        }
        guard signature.result.kind == .uuid else { return .text(collector.bytes) }
        guard let uuid = UUIDText.normalized(collector.bytes) else {
            throw .fault("The function \(name) returned text that is no UUID.")
        }
        return .text(uuid)
    }

    private var wrongArguments: PluginRejection { .fault("The function \(name) could not be given its arguments.") }
}
