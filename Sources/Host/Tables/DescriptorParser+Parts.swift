// What a descriptor says besides its columns.
import JSON
import Operations

extension DescriptorParser {
    mutating func parseFilters() -> [TableDescriptor.Filter] {
        var filters: [TableDescriptor.Filter] = []
        for (position, element) in elements(root["filters"], at: "/filters").enumerated() {
            let pointer = "/filters/\(position)"
            refuseUnknown(element, at: pointer, known: ["parameter", "column", "operators"])
            let parameter = member(element["parameter"], at: pointer + "/parameter")
            let column = column(element["column"], at: pointer + "/column")
            if let parameter, ["limit", "offset", "after", "sort", "fields"].contains(parameter) {
                fail(pointer + "/parameter", "\(parameter) has a meaning of its own")
            }
            if filters.contains(where: { $0.parameter == parameter }) {
                fail(pointer + "/parameter", "another filter has this parameter")
            }
            let type = column.map { columns[$0].type }
            if type == .jsonb { fail(pointer + "/column", "a jsonb column can't be filtered by") }
            var operators: [FilterOperator] = []
            for name in elements(element["operators"], at: pointer + "/operators") {
                guard let known = name.string.flatMap(FilterOperator.init(rawValue:)) else {
                    fail(
                        pointer + "/operators",
                        "may have \(FilterOperator.allCases.map(\.rawValue).joined(separator: ", "))")
                    continue
                }
                if known == .like, let type, type != .text { fail(pointer + "/operators", "like is for text") }
                if !operators.contains(known) { operators.append(known) }
            }
            guard let parameter, let column else { continue }
            filters.append(
                TableDescriptor.Filter(
                    parameter: parameter, column: column, operators: operators.isEmpty ? [.equal] : operators))
        }
        return filters
    }

    mutating func parseSort() -> [Int] {
        var sortable: [Int] = []
        for (position, element) in elements(root["sort"], at: "/sort").enumerated() {
            guard let index = column(element, at: "/sort/\(position)") else { continue }
            refuseUnsortable(index, at: "/sort/\(position)")
            if !sortable.contains(index) { sortable.append(index) }
        }
        return sortable
    }

    mutating func parseDefaultOrder() -> [TableDescriptor.SortTerm] {
        var order: [TableDescriptor.SortTerm] = []
        for (position, element) in elements(root["defaultOrder"], at: "/defaultOrder").enumerated() {
            let pointer = "/defaultOrder/\(position)"
            let text = element.string ?? ""
            let isDescending = text.hasPrefix("-")
            let name = isDescending ? String(text.dropFirst()) : text
            guard let index = columns.firstIndex(where: { $0.name == name }) else {
                if !faultyColumns.contains(name) {
                    fail(pointer, "must be a column's name, with a `-` before it to sort downwards")
                }
                continue
            }
            refuseUnsortable(index, at: pointer)
            if order.contains(where: { $0.column == index }) { fail(pointer, "names \(name) twice") }
            order.append(TableDescriptor.SortTerm(column: index, isDescending: isDescending))
        }
        return order
    }

    private mutating func refuseUnsortable(_ index: Int, at pointer: String) {
        if columns[index].type == .jsonb { fail(pointer, "a jsonb column can't be sorted by") }
    }

    mutating func parseMigrations() -> [TableDescriptor.TableMigration] {
        var migrations: [TableDescriptor.TableMigration] = []
        for (position, element) in elements(root["migrations"], at: "/migrations").enumerated() {
            let pointer = "/migrations/\(position)"
            refuseUnknown(element, at: pointer, known: ["version", "name", "sql"])
            let name = text(element["name"], at: pointer + "/name")
            let sql = text(element["sql"], at: pointer + "/sql")
            if element["version"]?.int64 != Int64(position + 1) {
                fail(pointer + "/version", "migrations are numbered 1, 2, 3 …")
            }
            guard let name, let sql else { continue }
            migrations.append(TableDescriptor.TableMigration(version: position + 1, name: name, sql: sql))
        }
        return migrations
    }

    mutating func parseInvalidates() -> [OperationKind: Set<String>] {
        var invalidates: [OperationKind: Set<String>] = [:]
        guard let object = root["invalidates"] else { return [:] }
        if object.kind != .object { fail("/invalidates", "must be an object") }
        for (name, tables) in object.members {
            let pointer = "/invalidates/\(name.escapedForPointer)"
            guard let kind = OperationKind(rawValue: name) else {
                fail(pointer, "is no operation")
                continue
            }
            for (position, element) in elements(tables, at: pointer).enumerated() {
                if let table = identifier(element, at: "\(pointer)/\(position)") {
                    invalidates[kind, default: []].insert(table)
                }
            }
        }
        return invalidates
    }

    /// - Parameter key: index of the key column; `nil` where it is not known.
    mutating func parseChecks(key: Int?) -> [TableDescriptor.Check] {
        var checks: [TableDescriptor.Check] = []
        for (position, element) in elements(root["checks"], at: "/checks").enumerated() {
            let pointer = "/checks/\(position)"
            refuseUnknown(element, at: pointer, known: ["check", "signature", "columns", "message"])
            let function = symbol(element["check"], at: pointer + "/check")
            let columns = columnList(element["columns"], at: pointer + "/columns")
            let signature = signature(element["signature"], of: columns, at: pointer + "/signature")
            let message = text(element["message"], at: pointer + "/message")
            for column in columns where column != key && self.columns[column].source != .input {
                fail(
                    pointer + "/columns",
                    "a check is called before anything fills the column \(self.columns[column].name): "
                        + "it can have the key and what bodies bring")
            }
            if let signature, signature.result.kind != .bool {
                fail(pointer + "/signature", "a check returns bool or bool?")
            }
            guard let function, let signature, let message else { continue }
            checks.append(
                TableDescriptor.Check(function: function, signature: signature, columns: columns, message: message))
        }
        return checks
    }

    /// - Parameter key: index of the key column; `nil` where it is not known.
    mutating func parseDerives(key: Int?) -> [TableDescriptor.Derive] {
        var derives: [TableDescriptor.Derive] = []
        for (position, element) in elements(root["derives"], at: "/derives").enumerated() {
            let pointer = "/derives/\(position)"
            refuseUnknown(element, at: pointer, known: ["derive", "function", "from", "signature"])
            let target = column(element["derive"], at: pointer + "/derive")
            let function = symbol(element["function"], at: pointer + "/function")
            let from = columnList(element["from"], at: pointer + "/from")
            let signature = signature(element["signature"], of: from, at: pointer + "/signature")
            if let target, target == key {
                fail(pointer + "/derive", "the key can't be derived: it comes with the request")
            } else if let target, columns[target].source != .derived {
                fail(pointer + "/derive", "the column's source must be derived")
            }
            for column in from where column != key && columns[column].source == .database {
                fail(
                    pointer + "/from",
                    "the function is called before PostgreSQL fills the column \(columns[column].name)")
            }
            if let target, let signature, !signature.result.kind.fits(columns[target].type) {
                fail(
                    pointer + "/signature",
                    "a result \(signature.result.kind.rawValue) can't be stored in the column "
                        + "\(columns[target].name) of type \(columns[target].type.sql)")
            }
            guard let target, let function, let signature else { continue }
            derives.append(TableDescriptor.Derive(column: target, function: function, signature: signature, from: from))
        }
        return derives
    }

    /// The signature of a function that gets the values of these columns.
    private mutating func signature(
        _ value: JSONValue?, of indices: [Int], at pointer: String
    ) -> TypedSignature? {
        guard let text = text(value, at: pointer) else { return nil }
        do {
            let signature = try TypedSignature(parsing: text)
            if let fault = signature.fault(of: indices.map { columns[$0] }) {
                fail(pointer, "\(text) \(fault)")
                return nil
            }
            return signature
        } catch {
            fail(pointer, "\(text) \(error.reason)")
            return nil
        }
    }
}
