// Whether a request's body is what the table's descriptor says.
package import JSON
package import Operations

/// Checks bodies against a descriptor. Built once for each generation of a plugin; used from any thread.
package struct BodyValidator: Sendable {
    /// No answer has more errors than this.
    package static let maximumErrors = 50

    private struct Member: Sendable {
        let name: String
        let column: ColumnDescriptor
    }

    private let members: [Member]
    private let names: [String]

    package init(_ descriptor: TableDescriptor) {
        members = descriptor.columns.compactMap { column in column.jsonName.map { Member(name: $0, column: column) } }
        names = members.map(\.name)
    }

    /// Everything that is wrong with a body, up to `maximumErrors`; empty where it is good.
    ///
    /// - Parameter kind: an update needs no member, but at least one; create and upsert need the required ones.
    package func validate(_ body: JSONValue, kind: OperationKind) -> [FieldError] {
        guard body.kind == .object else {
            return [FieldError(pointer: "", code: "type", message: "The body must be a JSON object.")]
        }
        var errors: [FieldError] = []
        if kind == .update {
            if body.count == 0 {
                errors.append(
                    FieldError(
                        pointer: "", code: "empty",
                        message: "The body must have at least one of \(names.joined(separator: ", "))."))
            }
        } else {
            for member in members where member.column.isRequired && body[member.name] == nil {
                errors.append(.required(at: "", member.name))
            }
        }
        for (name, value) in body.members {
            if errors.count >= Self.maximumErrors { break }
            guard let member = members.first(where: { $0.name == name }) else {
                errors.append(.unknownMember(at: "", name, known: names))
                continue
            }
            check(value, of: member, into: &errors)
        }
        return errors
    }

    private func check(_ value: JSONValue, of member: Member, into errors: inout [FieldError]) {
        let pointer = "/" + member.name.escapedForPointer
        let column = member.column
        if value.isNull {
            if !column.isNullable {
                errors.append(FieldError(pointer: pointer, code: "null", message: "\(member.name) must not be null."))
            }
            return
        }
        let before = errors.count
        column.rule.check(value, at: pointer, into: &errors)
        guard errors.count == before else { return }
        if let number = value.decimal, let fault = column.type.fault(of: number) {
            errors.append(FieldError(pointer: pointer, code: "range", message: "\(member.name) must \(fault)."))
        }
        if column.type == .jsonb && Self.hasNUL(value) {
            errors.append(
                FieldError(
                    pointer: pointer, code: "nul",
                    message: "\(member.name) must not contain the character U+0000, which PostgreSQL can't store."))
        }
    }

    /// The escape is the only way to write a NUL in JSON.
    private static func hasNUL(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .string: value.utf8?.contains(0) ?? false
        case .array: value.elements.contains(where: hasNUL)
        case .object: value.members.contains { $0.name.utf8.contains(0) || hasNUL($0.value) }
        default: false
        }
    }
}
