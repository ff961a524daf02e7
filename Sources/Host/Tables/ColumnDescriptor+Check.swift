// Whether a value fits a column.
import JSON
import Operations

extension ColumnDescriptor {
    /// Appends everything that is wrong with a value for this column.
    ///
    /// - Parameter pointer: JSON Pointer of the value.
    func check(_ value: JSONValue, at pointer: String, into errors: inout [FieldError]) {
        if value.isNull {
            if !isNullable { errors.append(.demand("null", "not be null", at: pointer)) }
            return
        }
        let before = errors.count
        rule.check(value, at: pointer, into: &errors)
        guard errors.count == before else { return }
        if type == .jsonb {
            checkJSON(value, at: pointer, into: &errors)
        } else if let fault = type.fault(of: value) {
            errors.append(.demand("range", fault, at: pointer))
        }
    }

    /// JSON has values that PostgreSQL's jsonb has not. One is enough to name.
    private func checkJSON(_ value: JSONValue, at pointer: String, into errors: inout [FieldError]) {
        let before = errors.count
        switch value.kind {
        case .string:
            // The rule has looked already, unless its type is another.
            if value.utf8?.contains(0) ?? false { errors.append(.nul(at: pointer)) }
        case .number:
            if let fault = ColumnType.anyNumeric.fault(of: value) {
                errors.append(.demand("range", fault, at: pointer))
            }
        case .array:
            for (position, element) in value.elements.enumerated() where errors.count == before {
                checkJSON(element, at: "\(pointer)/\(position)", into: &errors)
            }
        case .object:
            for (name, member) in value.members where errors.count == before {
                if name.utf8.contains(0) {
                    errors.append(.nul(at: pointer))
                } else {
                    checkJSON(member, at: pointer + "/" + name.escapedForPointer, into: &errors)
                }
            }
        case .boolean, .null: break
        }
    }
}
