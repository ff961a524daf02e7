// The native values of one call.
import Operations
import Tables

/// Lends libffi its array of pointers to arguments. Texts are passed where they lie; everything else lies on the stack.
struct TypedArguments {
    /// At most this many words for a parameter: a UUID's two and its address, or a text's address and length.
    private static let wordsPerParameter = 3

    private let words: UnsafeMutableBufferPointer<UInt64>
    private let pointers: UnsafeMutableBufferPointer<UnsafeMutableRawPointer?>
    private var wordCount = 0
    private var argumentCount = 0

    /// Lends the pointers to the values of some columns of a row, and to further arguments.
    ///
    /// - Parameters:
    ///   - row: lies still meanwhile, and so do the texts in it.
    ///   - body: gets the pointers for the length of the call.
    /// - Returns: whether every value is one of its parameter's type; otherwise `body` was not called.
    @inline(__always)
    static func lend(
        _ row: UnsafeBufferPointer<ColumnValue>, as parameters: UnsafeBufferPointer<TypedFunction.Parameter>,
        appending further: (UInt64, UInt64)?,
        _ body: (UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Void
    ) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: parameters.count * wordsPerParameter + 2) { words in
            withUnsafeTemporaryAllocation(
                of: UnsafeMutableRawPointer?.self, capacity: parameters.count * 2 + 2
            ) { pointers in
                var arguments = TypedArguments(words: words, pointers: pointers)
                for parameter in parameters {
                    guard arguments.add(row[parameter.column], parameter) else { return false }
                }
                if let further {
                    arguments.addArgument(further.0)
                    arguments.addArgument(further.1)
                }
                // Made with room for one at least.
                if let base = pointers.baseAddress { body(base) }
                return true
            }
        }
    }

    private init(
        words: UnsafeMutableBufferPointer<UInt64>, pointers: UnsafeMutableBufferPointer<UnsafeMutableRawPointer?>
    ) {
        self.words = words
        self.pointers = pointers
    }

    /// - Returns: whether the value is one of the parameter's type.
    private mutating func add(_ value: borrowing ColumnValue, _ parameter: TypedFunction.Parameter) -> Bool {
        switch value {
        case .absent, .null:
            addNull(parameter)
            return true
        case .text(let text):
            return text.withUnsafeBufferPointer { add($0, parameter) }
        }
    }

    /// - Parameter text: lies still until the function has returned, since the row does.
    private mutating func add(_ text: UnsafeBufferPointer<UInt8>, _ parameter: TypedFunction.Parameter) -> Bool {
        switch parameter.kind {
        case .utf8, .json, .decimal:
            // The address of an empty text is no NULL.
            let address = text.baseAddress.map { UInt(bitPattern: $0) } ?? UInt(bitPattern: words.baseAddress)
            addArgument(UInt64(address))
            addArgument(UInt64(text.count))
        case .uuid:
            guard let id = OperationID(String(decoding: text, as: UTF8.self)) else { return false }
            let start = wordCount
            id.withBytes { bytes in
                UnsafeMutableRawPointer(words.baseAddress.unsafelyUnwrapped + start).copyMemory(
                    from: bytes, byteCount: 16)
            }
            wordCount += 2
            addArgument(address(ofWord: start))
        case .bool, .i64, .f64, .timestamp:
            guard let scalar = Self.scalar(String(decoding: text, as: UTF8.self), parameter.kind) else {
                return false
            }
            guard parameter.isNullable else {
                addArgument(scalar)
                return true
            }
            words.initializeElement(at: wordCount, to: scalar)
            wordCount += 1
            addArgument(address(ofWord: wordCount - 1))
        }
        return true
    }

    private mutating func addNull(_ parameter: TypedFunction.Parameter) {
        addArgument(0)
        switch parameter.kind {
        case .utf8, .json, .decimal: addArgument(0)
        case .bool, .i64, .f64, .uuid, .timestamp: break
        }
    }

    private mutating func addArgument(_ value: UInt64) {
        words.initializeElement(at: wordCount, to: value)
        pointers.initializeElement(at: argumentCount, to: words.baseAddress.map { $0 + wordCount })
        wordCount += 1
        argumentCount += 1
    }

    private func address(ofWord index: Int) -> UInt64 {
        UInt64(UInt(bitPattern: words.baseAddress.map { $0 + index }))
    }

    /// What PostgreSQL and JSON write for a bool; `nil` for anything else.
    static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "t": true
        case "false", "f": false
        default: nil
        }
    }

    private static func scalar(_ text: String, _ kind: TypedSignature.Kind) -> UInt64? {
        switch kind {
        case .bool: boolean(text).map { $0 ? 1 : 0 }
        case .i64: Int64(text).map { UInt64(bitPattern: $0) }
        case .f64: Double(text)?.bitPattern
        case .timestamp: Timestamp(rfc3339: text).map { UInt64(bitPattern: $0.microseconds) }
        case .utf8, .json, .decimal, .uuid: nil
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
