// Filters of lists.

/// A query parameter that lists may be filtered by: `?userId=…`, `?total[gte]=10`. Others are answered 400.
public struct Filter: TableElement {
    /// How a value is compared.
    public enum Operator: String, Sendable {
        /// `?total=10`
        case equal = "eq"
        /// `?total[gt]=10`
        case greater = "gt"
        /// `?total[gte]=10`
        case greaterOrEqual = "gte"
        /// `?total[lt]=10`
        case less = "lt"
        /// `?total[lte]=10`
        case lessOrEqual = "lte"
        /// `?total[in]=10,20`
        case anyOf = "in"
        /// `?name[like]=Ada%`, for text: `%` stands for any characters, `_` for one, `\` before either for itself.
        case like
    }

    public let part: TablePart

    /// - Parameters:
    ///   - parameter: the query parameter.
    ///   - column: what it is compared with, of any type but ``SQLType/jsonb``; the parameter's name unless given. It should
    ///     have an index.
    ///   - operators: the comparisons allowed; ``Operator/equal`` unless given.
    public init(_ parameter: String, column: String? = nil, _ operators: Operator...) {
        var filter = JSONText.Object()
        filter.add("parameter", JSONText.quoted(parameter))
        filter.add("column", JSONText.quoted(column ?? parameter))
        filter.add("operators", JSONText.strings(operators.isEmpty ? ["eq"] : operators.map(\.rawValue)))
        part = TablePart(.filters, "", [filter.finished])
    }
}
