// Whether a request's body is what the table's descriptor says.
package import JSON
package import Operations

/// Checks bodies against a descriptor. Built once for each generation of a plugin; used from any thread.
package struct BodyValidator: Sendable {
    /// No answer has more errors than this.
    package static let maximumErrors = 50

    /// A class, since each body looks for its members among these, and a column is dear to copy.
    private final class Member: Sendable {
        let name: String
        let column: ColumnDescriptor

        init(name: String, column: ColumnDescriptor) {
            self.name = name
            self.column = column
        }
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
            member.column.check(value, at: "/" + name.escapedForPointer, into: &errors)
        }
        return Array(errors.prefix(Self.maximumErrors))
    }
}
