// The part of JSON Schema that descriptors use, compiled.
import JSON
package import Operations

/// A schema that values are checked against. Compiled once for each generation of a plugin.
package struct SchemaRule: Sendable {
    var type: JSONType?
    /// The allowed values; empty: any.
    var enumeration: [JSONValue] = []
    var minimumLength: Int?
    var maximumLength: Int?
    var pattern: TextPattern?
    var format: StringFormat?
    var minimum: JSONDecimal?
    var maximum: JSONDecimal?
    var exclusiveMinimum: JSONDecimal?
    var exclusiveMaximum: JSONDecimal?
    var multipleOf: JSONDecimal?
    var minimumItems: Int?
    var maximumItems: Int?
    /// At most one; an array because a struct can't hold itself.
    var items: [SchemaRule] = []
    var properties: [(name: String, rule: SchemaRule)] = []
    var required: [String] = []
    var allowsAdditionalProperties = true

    /// Appends everything that is wrong with a value.
    ///
    /// - Parameter pointer: JSON Pointer of the value.
    func check(_ value: JSONValue, at pointer: String, into errors: inout [FieldError]) {
        if let type, !type.matches(value) {
            return errors.append(.demand("type", "be \(type.described)", at: pointer))
        }
        if !enumeration.isEmpty && !enumeration.contains(where: { Self.areEqual($0, value) }) {
            let allowed = enumeration.map { String(decoding: $0.source, as: UTF8.self) }
            errors.append(.demand("enum", "be one of \(allowed.joined(separator: ", "))", at: pointer))
        }
        switch value.kind {
        case .string: check(string: value.string ?? "", at: pointer, into: &errors)
        case .number: if let number = value.decimal { check(number: number, at: pointer, into: &errors) }
        case .array: check(array: value, at: pointer, into: &errors)
        case .object: check(object: value, at: pointer, into: &errors)
        case .boolean, .null: break
        }
    }

    private func check(string text: String, at pointer: String, into errors: inout [FieldError]) {
        func report(_ code: String, _ demand: String) { errors.append(.demand(code, demand, at: pointer)) }
        if minimumLength != nil || maximumLength != nil {
            let length = text.unicodeScalars.count
            if let minimumLength, length < minimumLength {
                report("min_length", minimumLength == 1 ? "not be empty" : "have at least \(minimumLength) characters")
            }
            if let maximumLength, length > maximumLength {
                report("max_length", "have at most \(maximumLength) characters")
            }
        }
        if text.utf8.contains(0) { errors.append(.nul(at: pointer)) }
        if let format, !format.matches(text) { report("format", "be \(format.described)") }
        if let pattern, !pattern.matches(text) { report("pattern", "match the pattern \(pattern.source)") }
    }

    private func check(number: JSONDecimal, at pointer: String, into errors: inout [FieldError]) {
        func report(_ code: String, _ demand: String) { errors.append(.demand(code, demand, at: pointer)) }
        if let minimum, number < minimum { report("minimum", "be at least \(minimum.text)") }
        if let maximum, number > maximum { report("maximum", "be at most \(maximum.text)") }
        if let exclusiveMinimum, number <= exclusiveMinimum {
            report("exclusive_minimum", "be greater than \(exclusiveMinimum.text)")
        }
        if let exclusiveMaximum, number >= exclusiveMaximum {
            report("exclusive_maximum", "be less than \(exclusiveMaximum.text)")
        }
        if let multipleOf, !number.isMultiple(of: multipleOf) {
            report("multiple_of", "be a multiple of \(multipleOf.text)")
        }
    }

    private func check(array: JSONValue, at pointer: String, into errors: inout [FieldError]) {
        func report(_ code: String, _ demand: String) { errors.append(.demand(code, demand, at: pointer)) }
        if let minimumItems, array.count < minimumItems {
            report("min_items", minimumItems == 1 ? "not be empty" : "have at least \(minimumItems) elements")
        }
        if let maximumItems, array.count > maximumItems {
            report("max_items", "have at most \(maximumItems) elements")
        }
        for (position, element) in array.elements.enumerated() {
            // Nobody reads hundreds of errors, and their answer would be larger than the request.
            if errors.count >= BodyValidator.maximumErrors { return }
            items.first?.check(element, at: "\(pointer)/\(position)", into: &errors)
        }
    }

    private func check(object: JSONValue, at pointer: String, into errors: inout [FieldError]) {
        for name in required where object[name] == nil {
            errors.append(.required(at: pointer, name))
        }
        guard !properties.isEmpty || !allowsAdditionalProperties else { return }
        for (name, member) in object.members {
            if errors.count >= BodyValidator.maximumErrors { return }
            if let property = properties.first(where: { $0.name == name }) {
                property.rule.check(member, at: pointer + "/" + name.escapedForPointer, into: &errors)
            } else if !allowsAdditionalProperties {
                errors.append(.unknownMember(at: pointer, name, known: properties.map(\.name)))
            }
        }
    }

    /// Whether two values are the same, however they are written: spaces, the order of members, `1` and `1.0`.
    private static func areEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        guard left.kind == right.kind, left.count == right.count else { return false }
        switch left.kind {
        case .string: return left.string == right.string
        case .number: return left.decimal == right.decimal
        case .boolean: return left.bool == right.bool
        case .null: return true
        case .array: return zip(left.elements, right.elements).allSatisfy { areEqual($0, $1) }
        case .object:
            // As many members, none of them twice: it is enough to look for those of one.
            return left.members.allSatisfy { name, value in right[name].map { areEqual(value, $0) } ?? false }
        }
    }

    /// How a sentence names a place: `items/0/price`, or the body.
    static func place(_ pointer: String) -> String {
        pointer.isEmpty ? "The body" : String(pointer.dropFirst())
    }
}

extension FieldError {
    /// - Parameter demand: the end of a sentence, "must …".
    static func demand(_ code: String, _ demand: String, at pointer: String) -> FieldError {
        FieldError(pointer: pointer, code: code, message: "\(SchemaRule.place(pointer)) must \(demand).")
    }

    static func nul(at pointer: String) -> FieldError {
        demand("nul", "not contain the character U+0000, which PostgreSQL can't store", at: pointer)
    }

    static func required(at pointer: String, _ name: String) -> FieldError {
        let place = pointer + "/" + name.escapedForPointer
        return FieldError(pointer: place, code: "required", message: "\(SchemaRule.place(place)) is required.")
    }

    package static func unknownMember(at pointer: String, _ name: String, known: [String]) -> FieldError {
        let shown = name.unicodeScalars.count > 64 ? String(name.unicodeScalars.prefix(64)) + "…" : name
        let place = pointer + "/" + shown.escapedForPointer
        return FieldError(
            pointer: place, code: "unknown_member",
            message: "\(SchemaRule.place(place)) is not known here. Known: \(known.joined(separator: ", ")).")
    }
}

extension String {
    /// RFC 6901, 3.
    var escapedForPointer: String {
        guard utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return self }
        return reduce(into: "") { result, character in
            switch character {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.append(character)
            }
        }
    }
}
