// The comparisons that lists can be filtered by.

/// How a filter compares.
package enum FilterOperator: String, Sendable, CaseIterable {
    case equal = "eq"
    case greater = "gt"
    case greaterOrEqual = "gte"
    case less = "lt"
    case lessOrEqual = "lte"
    case anyOf = "in"
    case like
}
