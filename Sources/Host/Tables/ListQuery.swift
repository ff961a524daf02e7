// A request for a list of rows: from query parameters to SQL.
package import Operations

/// A list request, checked against what the table declares. Anything undeclared is an error that says what is allowed.
package struct ListQuery: Sendable {
    package static let defaultLimit = 100
    package static let maximumLimit = 1_000
    /// Beyond this PostgreSQL would count rows for seconds; keyset paging (`after`) has no such limit.
    package static let maximumOffset = 1_000_000
    static let maximumListValues = 100

    package let limit: Int
    package let offset: Int
    /// One row more than `limit` is asked for, so that the answer knows whether there is a next page. Column 0 is the
    /// row's JSON; the others are the sort columns' text and the key's, from which `next(after:)` makes the token.
    package let query: TableQuery
    private let keyset: Keyset

    /// - Parameter items: the query's names and values, percent-decoded, in order. The value of a name without `=` is
    ///   empty.
    /// - Throws: `ListQueryError` with every fault; each `pointer` is the parameter's name.
    package init(items: [(name: String, value: String)], descriptor: TableDescriptor) throws(ListQueryError) {
        var parser = ListQueryParser(descriptor)
        let request = parser.parse(items)
        guard parser.errors.isEmpty else { throw ListQueryError(errors: parser.errors) }
        limit = request.limit
        offset = request.offset
        keyset = Keyset(order: request.order, descriptor: descriptor)

        var conditions: [String] = []
        var parameters: [String] = []
        for filter in request.filters {
            conditions.append(Self.condition(filter, of: descriptor, appendingTo: &parameters))
        }
        if let after = request.after { conditions.append(keyset.condition(after, appendingTo: &parameters)) }
        let columns = request.fields ?? Array(descriptor.columns.indices)
        var sql = """
            SELECT \(RowRendering.expression(columns.map { descriptor.columns[$0] })), \
            \(keyset.selection) FROM \(TableStatements.quoted(descriptor.name)) AS t
            """
        if !conditions.isEmpty { sql += " WHERE \(conditions.joined(separator: " AND "))" }
        sql += " ORDER BY \(keyset.orderBy) LIMIT \(limit + 1)"
        if offset > 0 { sql += " OFFSET \(offset)" }
        // The SQL has no value in it, and what it selects follows from it and the parameters.
        query = TableQuery(
            sql: sql, parameters: parameters, cacheKey: "list:\(sql)\u{0}\(parameters.joined(separator: "\u{0}"))")
    }

    /// The token of the page after the row whose sort columns and key have these texts; pass it as `after`.
    package func next(after values: [String?]) -> String {
        keyset.token(values)
    }

    /// How many columns follow the row's JSON.
    package var keysetColumns: Int { keyset.terms.count }

    private static func condition(
        _ filter: ListQueryParser.Condition, of descriptor: TableDescriptor, appendingTo parameters: inout [String]
    ) -> String {
        let column = descriptor.columns[filter.column]
        let name = "t." + TableStatements.quoted(column.name)
        let placeholders = filter.values.map { value -> String in
            parameters.append(value)
            return "$\(parameters.count)::\(column.type.comparisonSQL)"
        }
        switch filter.comparison {
        case .equal: return "\(name) = \(placeholders[0])"
        case .greater: return "\(name) > \(placeholders[0])"
        case .greaterOrEqual: return "\(name) >= \(placeholders[0])"
        case .less: return "\(name) < \(placeholders[0])"
        case .lessOrEqual: return "\(name) <= \(placeholders[0])"
        case .anyOf: return "\(name) IN (\(placeholders.joined(separator: ", ")))"
        case .like: return "\(name) LIKE \(placeholders[0])"
        }
    }
}

/// Query parameters that can't be served.
package struct ListQueryError: Error, Sendable {
    package let errors: [FieldError]
}
