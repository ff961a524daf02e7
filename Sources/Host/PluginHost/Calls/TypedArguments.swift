// The native values of one call.
import Operations
import Tables

/// Collects arguments, then lends libffi its array of pointers to them. Everything that an argument points to lies in
/// memory of this value's own.
struct TypedArguments {
    /// What one word of `words` is before addresses are known.
    private enum Reference {
        /// The word is the argument itself.
        case value
        /// The argument is the address of the word at this index.
        case word(Int)
        /// The argument is the address of the byte at this index.
        case byte(Int)
    }

    private var references: [Reference] = []
    private var arguments: [UInt64] = []
    /// Scalars that are passed by address.
    private var words: [UInt64] = []
    /// Texts and UUIDs. The first byte is nobody's: the address of an empty text is no NULL.
    private var bytes: [UInt8] = [0]

    /// - Returns: whether the value is one of the parameter's type.
    mutating func append(_ value: ColumnValue, as parameter: TypedSignature.Value) -> Bool {
        guard case .text(let text) = value else {
            appendNull(parameter)
            return true
        }
        switch parameter.kind {
        case .utf8, .json, .decimal:
            add(.byte(bytes.count), 0)
            add(.value, UInt64(text.count))
            bytes.append(contentsOf: text)
        case .uuid:
            guard let id = OperationID(String(decoding: text, as: UTF8.self)) else { return false }
            add(.byte(bytes.count), 0)
            bytes.append(contentsOf: id.bytes)
        case .bool, .i64, .f64, .timestamp:
            guard let scalar = Self.scalar(String(decoding: text, as: UTF8.self), parameter.kind) else { return false }
            if parameter.isNullable {
                add(.word(words.count), 0)
                words.append(scalar)
            } else {
                add(.value, scalar)
            }
        }
        return true
    }

    private mutating func appendNull(_ parameter: TypedSignature.Value) {
        add(.value, 0)
        switch parameter.kind {
        case .utf8, .json, .decimal: add(.value, 0)
        case .bool, .i64, .f64, .uuid, .timestamp: break
        }
    }

    private mutating func add(_ reference: Reference, _ argument: UInt64) {
        references.append(reference)
        arguments.append(argument)
    }

    private static func scalar(_ text: String, _ kind: TypedSignature.Kind) -> UInt64? {
        switch kind {
        case .bool: text == "true" || text == "t" ? 1 : text == "false" || text == "f" ? 0 : nil
        case .i64: Int64(text).map { UInt64(bitPattern: $0) }
        case .f64: Double(text)?.bitPattern
        case .timestamp: Timestamp(rfc3339: text).map { UInt64(bitPattern: $0.microseconds) }
        case .utf8, .json, .decimal, .uuid: nil
        }
    }

    /// Lends the pointers to the arguments and to these further ones, for the length of `body`.
    func withPointers(
        appending further: [UInt64], _ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Void
    ) {
        bytes.withUnsafeBufferPointer { bytes in
            words.withUnsafeBufferPointer { words in
                var values = arguments
                for (index, reference) in references.enumerated() {
                    switch reference {
                    case .value: break
                    case .word(let position):
                        values[index] = UInt64(UInt(bitPattern: words.baseAddress.map { $0 + position }))
                    case .byte(let position):
                        values[index] = UInt64(UInt(bitPattern: bytes.baseAddress.map { $0 + position }))
                    }
                }
                values += further
                values.withUnsafeMutableBufferPointer { values in
                    withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: values.count + 1) {
                        pointers in
                        for index in values.indices {
                            pointers.initializeElement(at: index, to: values.baseAddress.map { $0 + index })
                        }
                        if let base = pointers.baseAddress { body(base) }
                    }
                }
            }
        }
    }
}

extension Timestamp {
    /// PostgreSQL's input text, to the microsecond; `nil` beyond the years 1 to 9999.
    static func postgresText(microseconds: Int64) -> String? {
        guard (-62_135_596_800_000_000..<253_402_300_800_000_000).contains(microseconds) else { return nil }
        let fraction = (microseconds % 1_000_000 + 1_000_000) % 1_000_000
        let seconds = Timestamp(microseconds: microseconds - fraction).description
        let digits = String(fraction + 1_000_000).dropFirst()
        return "\(seconds.prefix(19)).\(digits)Z"
    }
}
