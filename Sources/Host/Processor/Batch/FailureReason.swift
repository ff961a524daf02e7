// What a client is told when PostgreSQL refused its row: pure.
import Operations
import Postgres
import Tables

/// Turns a refusal by PostgreSQL into the error that is recorded for the client: the constraint and a sentence,
/// never a value of another row, never SQL.
enum FailureReason {
    static func operationError(for error: PostgresError, in descriptor: TableDescriptor) -> OperationError {
        switch error.kind {
        case .constraint(let violation):
            constraintError(violation, error: error, in: descriptor)
        case .data:
            OperationError(
                code: OperationError.Code.invalidData,
                message: "PostgreSQL did not accept a value\(place(error, in: descriptor)): it has the wrong form or "
                    + "is out of range.",
                status: 400)
        default:
            OperationError(
                code: OperationError.Code.databaseError,
                message: "PostgreSQL refused the operation (SQLSTATE \(error.sqlState ?? "unknown")). This is not "
                    + "the request's fault; the operator's log has the reason.",
                status: 500)
        }
    }

    private static func constraintError(
        _ violation: PostgresError.Constraint, error: PostgresError, in descriptor: TableDescriptor
    ) -> OperationError {
        let constraint = error.constraintName
        let columns: [ColumnDescriptor] = constraint.map { Self.columns(named: $0, in: descriptor) } ?? []
        let fields = columns.compactMap(\.jsonName)
        let named = fields.isEmpty ? "" : " (\(fields.joined(separator: ", ")))"
        switch violation {
        case .unique:
            return OperationError(
                code: OperationError.Code.uniqueViolation,
                message: columns.isEmpty && constraint?.hasSuffix("_pkey") == true
                    ? "A row with this id exists already."
                    : "Another row has the same value\(named) already, and it must be unique.",
                status: 409, constraint: constraint,
                errors: fieldErrors(fields, code: "not_unique", message: "is taken by another row"))
        case .foreignKey:
            let parents = columns.compactMap { $0.references?.table }
            return OperationError(
                code: OperationError.Code.foreignKeyViolation,
                message: columns.isEmpty
                    ? "Rows of another table still refer to this row, or it refers to one that does not exist."
                    : "The row that it refers to\(named) does not exist in \(parents.joined(separator: ", ")).",
                status: 409, constraint: constraint,
                errors: fieldErrors(fields, code: "not_found", message: "refers to a row that does not exist"))
        case .notNull:
            let field = error.columnName.flatMap { name in descriptor.columns.first { $0.name == name }?.jsonName }
            return OperationError(
                code: OperationError.Code.notNullViolation,
                message: "A value is missing\(field.map { " (\($0))" } ?? "") that the table requires.",
                status: 400, constraint: constraint,
                errors: fieldErrors(field.map { [$0] } ?? [], code: "required", message: "is required"))
        case .check:
            return OperationError(
                code: OperationError.Code.checkViolation,
                message: "The row breaks a rule of the table\(constraint.map { " (\($0))" } ?? "").",
                status: 400, constraint: constraint)
        case .exclusion:
            return OperationError(
                code: OperationError.Code.exclusionViolation,
                message: "The row conflicts with another one\(constraint.map { " (\($0))" } ?? "").",
                status: 409, constraint: constraint)
        }
    }

    /// The columns from bodies whose names are part of the constraint's: `{table}_{column}_{column}_fkey`, as PostgreSQL
    /// names constraints that have no name of their own.
    private static func columns(named constraint: String, in descriptor: TableDescriptor) -> [ColumnDescriptor] {
        guard constraint.hasPrefix(descriptor.name + "_") else { return [] }
        var rest = constraint.dropFirst(descriptor.name.count + 1)
        // A name may be the beginning or the end of another: `name` of `name_suffix` and of `first_name`.
        let longestFirst = descriptor.columns.sorted { $0.name.count > $1.name.count }
        var columns: [ColumnDescriptor] = []
        while let column = longestFirst.first(where: { rest.hasPrefix($0.name + "_") }) {
            columns.append(column)
            rest = rest.dropFirst(column.name.count + 1)
        }
        return columns.filter { $0.jsonName != nil }
    }

    private static func fieldErrors(_ fields: [String], code: String, message: String) -> [FieldError] {
        fields.map { FieldError(pointer: "/\($0)", code: code, message: "\($0) \(message)") }
    }

    private static func place(_ error: PostgresError, in descriptor: TableDescriptor) -> String {
        guard let name = error.columnName else { return "" }
        return " for \(descriptor.columns.first { $0.name == name }?.jsonName ?? name)"
    }
}
