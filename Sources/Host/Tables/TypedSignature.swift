// The signature of a typed function: `decimal(json, i64?)`.

/// What a typed function takes and returns; `jspg_plugin.h` says how each type is passed.
package struct TypedSignature: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case bool, i64, f64, utf8, json, decimal, uuid, timestamp

        /// Whether a function returns it by value.
        package var isScalar: Bool {
            switch self {
            case .bool, .i64, .f64, .timestamp: true
            case .utf8, .json, .decimal, .uuid: false
            }
        }

        /// Whether a column's value can be passed as this type.
        func takes(_ type: ColumnType) -> Bool {
            switch self {
            case .bool: type == .boolean
            case .i64: type.integerRange != nil
            case .f64: type == .real || type == .double
            // As the request has it.
            case .utf8: [.text, .uuid, .date, .timestamptz].contains(type)
            case .json: type == .jsonb
            case .decimal: type.isNumeric || type.integerRange != nil
            case .uuid: type == .uuid
            case .timestamp: type == .timestamptz
            }
        }

        /// Whether a result of this type can be stored in a column.
        func fits(_ type: ColumnType) -> Bool {
            switch self {
            case .bool: type == .boolean
            case .i64: type.integerRange != nil || type.isNumeric
            case .f64: type == .real || type == .double
            case .utf8: type == .text || type == .date
            case .json: type == .jsonb
            case .decimal: type.isNumeric
            case .uuid: type == .uuid
            case .timestamp: type == .timestamptz
            }
        }
    }

    package struct Value: Sendable, Hashable {
        package let kind: Kind
        package let isNullable: Bool

        package init(kind: Kind, isNullable: Bool) {
            self.kind = kind
            self.isNullable = isNullable
        }

        fileprivate init(parsing text: Substring) throws(TypedSignatureError) {
            let isNullable = text.hasSuffix("?")
            let name = String(isNullable ? text.dropLast() : text)
            guard let kind = Kind(rawValue: name) else {
                throw TypedSignatureError(
                    "has the unknown type \(name.isEmpty ? "\"\"" : name); the types are "
                        + Kind.allCases.map(\.rawValue).joined(separator: ", "))
            }
            self.init(kind: kind, isNullable: isNullable)
        }
    }

    package let result: Value
    package let parameters: [Value]

    package init(parsing text: String) throws(TypedSignatureError) {
        guard let open = text.firstIndex(of: "("), text.hasSuffix(")") else {
            throw TypedSignatureError("is no signature: write it as bool(utf8) or decimal(json, i64?)")
        }
        result = try Value(parsing: text[..<open])
        var parameters: [Value] = []
        for part in text[text.index(after: open)...].dropLast().split(separator: ",", omittingEmptySubsequences: false)
        {
            parameters.append(try Value(parsing: part.first == " " ? part.dropFirst() : part))
        }
        self.parameters = parameters
    }

    /// Whether the function returns a `jspg_result` and appends its value to a sink.
    package var returnsThroughSink: Bool { result.isNullable || !result.kind.isScalar }

    /// Why these columns can't be its arguments, as the end of a sentence about the signature; `nil` where they can.
    func fault(of columns: [ColumnDescriptor]) -> String? {
        guard columns.count == parameters.count else {
            return "has \(parameters.count) parameters, and \(columns.count) columns are given"
        }
        for (column, parameter) in zip(columns, parameters) where !parameter.kind.takes(column.type) {
            return "can't take the column \(column.name) of type \(column.type.sql) as \(parameter.kind.rawValue)"
        }
        return nil
    }
}

/// What is wrong with a signature, as the end of a sentence.
package struct TypedSignatureError: Error, Sendable {
    package let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension ColumnType {
    var isNumeric: Bool {
        switch self {
        case .numeric, .anyNumeric: true
        default: false
        }
    }
}
