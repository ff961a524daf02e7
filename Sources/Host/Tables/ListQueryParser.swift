// Reads the query parameters of a list request.
import Operations

/// Reads query parameters and collects what is wrong with them.
struct ListQueryParser {
    struct Condition {
        var column: Int
        var comparison: FilterOperator
        /// One, except for `in`.
        var values: [String]
    }

    struct Request {
        var limit = ListQuery.defaultLimit
        var offset = 0
        var order: [TableDescriptor.SortTerm] = []
        var filters: [Condition] = []
        var fields: [Int]?
        var after: [String?]?
    }

    private let descriptor: TableDescriptor
    private(set) var errors: [FieldError] = []

    init(_ descriptor: TableDescriptor) {
        self.descriptor = descriptor
    }

    mutating func parse(_ items: [(name: String, value: String)]) -> Request {
        var request = Request()
        request.order = descriptor.defaultOrder
        var after: String?
        var seen: Set<String> = []
        for (name, value) in items {
            guard seen.insert(name).inserted else {
                fail(name, "is given twice")
                continue
            }
            switch name {
            case "limit": request.limit = number(name, value, 1...ListQuery.maximumLimit) ?? request.limit
            case "offset": request.offset = number(name, value, 0...ListQuery.maximumOffset) ?? 0
            case "sort": request.order = sort(value)
            case "fields": request.fields = fields(value)
            case "after": after = value
            default: if let condition = filter(name, value) { request.filters.append(condition) }
            }
        }
        // The same conditions in another order are the same request, also for the cache.
        request.filters.sort { ($0.column, $0.comparison.rawValue) < ($1.column, $1.comparison.rawValue) }
        if let after {
            if request.offset > 0 { fail("after", "can't be used together with offset") }
            request.after = Keyset(order: request.order, descriptor: descriptor).values(after)
            if request.after == nil {
                fail("after", "is no `next` of a page with the same sort; begin again without it")
            }
        }
        return request
    }

    private mutating func fail(_ parameter: String, _ message: String) {
        errors.append(
            FieldError(pointer: parameter, code: "parameter", message: "\(Self.shown(parameter)) \(message)."))
    }

    private mutating func number(_ name: String, _ value: String, _ range: ClosedRange<Int>) -> Int? {
        guard let number = Int(value), range.contains(number), value.utf8.first != UInt8(ascii: "+") else {
            fail(name, "must be an integer from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    private mutating func sort(_ value: String) -> [TableDescriptor.SortTerm] {
        var order: [TableDescriptor.SortTerm] = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            let isDescending = part.hasPrefix("-")
            let name = isDescending ? part.dropFirst() : part
            guard let column = descriptor.sortable.first(where: { descriptor.columns[$0].name == name }) else {
                let allowed = descriptor.sortable.map { descriptor.columns[$0].name }.joined(separator: ", ")
                fail("sort", "may have \(allowed.isEmpty ? "no column of this table" : allowed)")
                continue
            }
            if order.contains(where: { $0.column == column }) { fail("sort", "names \(name) twice") }
            order.append(TableDescriptor.SortTerm(column: column, isDescending: isDescending))
        }
        return order
    }

    private mutating func fields(_ value: String) -> [Int] {
        var fields: [Int] = []
        for name in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let column = descriptor.columns.firstIndex(where: { $0.name == name }) else {
                fail("fields", "may have \(descriptor.columns.map(\.name).joined(separator: ", "))")
                continue
            }
            if !fields.contains(column) { fields.append(column) }
        }
        return fields
    }

    /// `userId=…` or `total[gte]=…`.
    private mutating func filter(_ name: String, _ value: String) -> Condition? {
        var parameter = name
        var comparison = FilterOperator.equal
        if let bracket = name.firstIndex(of: "["), name.hasSuffix("]") {
            parameter = String(name[..<bracket])
            let operatorName = String(name[name.index(after: bracket)...].dropLast())
            guard let known = FilterOperator(rawValue: operatorName) else {
                fail(name, "has an unknown operator; \(allowedFilters)")
                return nil
            }
            comparison = known
        }
        guard let filter = descriptor.filters.first(where: { $0.parameter == parameter }),
            filter.operators.contains(comparison)
        else {
            fail(name, "is not a parameter of this list; \(allowedFilters)")
            return nil
        }
        let type = descriptor.columns[filter.column].type
        let parts =
            comparison == .anyOf
            ? value.split(separator: ",", omittingEmptySubsequences: false).map(String.init) : [value]
        guard parts.count <= ListQuery.maximumListValues else {
            fail(name, "may have at most \(ListQuery.maximumListValues) values")
            return nil
        }
        let values = parts.compactMap { type.queryValue($0) }
        guard values.count == parts.count, comparison != .like || Self.isPattern(value) else {
            fail(name, "must be a value of type \(type.sql)")
            return nil
        }
        return Condition(column: filter.column, comparison: comparison, values: values)
    }

    /// A pattern that ends in an escape is an error in PostgreSQL.
    private static func isPattern(_ text: String) -> Bool {
        var isEscaped = false
        for unit in text.utf8 { isEscaped = !isEscaped && unit == UInt8(ascii: "\\") }
        return !isEscaped
    }

    private var allowedFilters: String {
        let filters = descriptor.filters.flatMap { filter in
            filter.operators.map { $0 == .equal ? filter.parameter : "\(filter.parameter)[\($0.rawValue)]" }
        }
        return "allowed are limit, offset, after, sort, fields" + filters.map { ", \($0)" }.joined()
    }

    /// A parameter's name in a sentence: nobody's whole request is sent back.
    private static func shown(_ name: String) -> String {
        name.unicodeScalars.count > 64 ? String(name.unicodeScalars.prefix(64)) + "…" : name
    }
}
