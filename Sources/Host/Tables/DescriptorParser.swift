// From a descriptor's JSON to a `TableDescriptor`.
import JSON
import Operations

extension TableDescriptor {
    /// Reads a descriptor. Members that are not known are errors: a misspelt one would silently change the table.
    ///
    /// - Throws: `DescriptorError` with every fault, not only the first.
    package init(parsing bytes: [UInt8]) throws(DescriptorError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: bytes)
        } catch {
            throw DescriptorError(
                errors: [FieldError(pointer: "", code: "json", message: "the descriptor is not JSON: \(error.message)")])
        }
        var parser = DescriptorParser(document.root)
        guard let descriptor = parser.parse(source: bytes), parser.errors.isEmpty else {
            throw DescriptorError(errors: parser.errors)
        }
        self = descriptor
    }
}

/// Reads a descriptor and collects what is wrong with it.
struct DescriptorParser {
    private let root: JSONValue
    private(set) var errors: [FieldError] = []

    init(_ root: JSONValue) {
        self.root = root
    }

    mutating func fail(_ pointer: String, _ message: String) {
        errors.append(FieldError(pointer: pointer, code: "descriptor", message: message))
    }

    mutating func parse(source: [UInt8]) -> TableDescriptor? {
        guard root.kind == .object else {
            fail("", "a descriptor is a JSON object")
            return nil
        }
        refuseUnknown(
            root, at: "",
            known: [
                "$schema", "name", "plugin", "schemaVersion", "key", "columns", "operations", "filters", "sort",
                "defaultOrder", "migrations", "invalidates", "checks", "derives", "description",
            ])
        let name = identifier(root["name"], at: "/name")
        let pluginName = text(root["plugin"]?["name"], at: "/plugin/name")
        let pluginVersion = text(root["plugin"]?["version"], at: "/plugin/version")
        let schemaVersion = root["schemaVersion"]?.int64 ?? 0
        if !(1...Int64(Int32.max)).contains(schemaVersion) { fail("/schemaVersion", "must be an integer from 1") }
        let columns = parseColumns()
        guard errors.isEmpty, let name, let pluginName, let pluginVersion else { return nil }

        let keyName = root["key"]?.string ?? ""
        guard let keyIndex = columns.firstIndex(where: { $0.name == keyName }) else {
            fail("/key", "must name one of the columns")
            return nil
        }
        if columns[keyIndex].type != .uuid && columns[keyIndex].type != .text {
            fail("/key", "the key column must be uuid or text")
        }
        if columns[keyIndex].jsonName != nil { fail("/columns/\(keyIndex)/json", "the key is not part of the body") }
        let operations = parseOperations()
        if operations.contains(.update) && !columns.contains(where: { $0.source != .database && $0.name != keyName }) {
            fail("/operations", "`update` needs a column besides the key")
        }
        return TableDescriptor(
            name: name, pluginName: pluginName, pluginVersion: pluginVersion, schemaVersion: Int(schemaVersion),
            columns: columns, keyIndex: keyIndex, operations: operations,
            filters: parseFilters(columns),
            sortable: elements(root["sort"], at: "/sort").compactMap { column($0, at: "/sort", in: columns) },
            defaultOrder: parseDefaultOrder(columns), migrations: parseMigrations(),
            invalidates: parseInvalidates(), checks: parseChecks(columns), derives: parseDerives(columns),
            source: source)
    }

    // MARK: - Parts

    private mutating func parseColumns() -> [ColumnDescriptor] {
        var columns: [ColumnDescriptor] = []
        guard let list = root["columns"], list.kind == .array, list.count > 0 else {
            fail("/columns", "must be an array of at least one column")
            return []
        }
        for (position, element) in list.elements.enumerated() {
            guard let column = parseColumn(element, at: "/columns/\(position)") else { continue }
            if columns.contains(where: { $0.name == column.name }) {
                fail("/columns/\(position)/name", "there is another column of this name")
            }
            if let json = column.jsonName, columns.contains(where: { $0.jsonName == json }) {
                fail("/columns/\(position)/json", "another column takes this member")
            }
            columns.append(column)
        }
        return columns
    }

    private mutating func parseColumn(_ value: JSONValue, at pointer: String) -> ColumnDescriptor? {
        refuseUnknown(
            value, at: pointer,
            known: [
                "name", "type", "json", "source", "required", "nullable", "default", "references", "schema",
                "description",
            ])
        guard let name = identifier(value["name"], at: pointer + "/name") else { return nil }
        guard let type = value["type"]?.string.flatMap({ ColumnType($0) }) else {
            fail(
                pointer + "/type",
                "must be uuid, text, smallint, integer, bigint, numeric(p,s), numeric, real, double precision, boolean, "
                    + "date, timestamptz or jsonb")
            return nil
        }
        let jsonName = value["json"].flatMap { text($0, at: pointer + "/json") }
        var source: ColumnDescriptor.Source = jsonName == nil ? .database : .input
        if let given = value["source"] {
            guard let known = given.string.flatMap(ColumnDescriptor.Source.init(rawValue:)) else {
                fail(pointer + "/source", "must be input, derived or database")
                return nil
            }
            source = known
        }
        if source == .input && jsonName == nil { fail(pointer + "/json", "a column from the body needs its `json` name") }
        if source != .input && jsonName != nil { fail(pointer + "/source", "only a column from the body has a `json` name") }
        let isRequired = value["required"]?.bool ?? false
        var rule = SchemaCompiler.compile(value["schema"], at: pointer + "/schema", reportingTo: &self)
        rule.type = rule.type ?? type.jsonType
        rule.format = rule.format ?? type.format
        var reference: ColumnDescriptor.Reference?
        if let given = value["references"] {
            if let table = identifier(given["table"], at: pointer + "/references/table"),
                let column = identifier(given["column"], at: pointer + "/references/column")
            {
                reference = ColumnDescriptor.Reference(table: table, column: column)
            }
        }
        return ColumnDescriptor(
            name: name, type: type, source: source, jsonName: jsonName, isRequired: isRequired,
            isNullable: value["nullable"]?.bool ?? (source == .input && !isRequired),
            defaultValue: value["default"], references: reference, schema: value["schema"], rule: rule)
    }

    private mutating func parseOperations() -> Set<OperationKind> {
        var operations: Set<OperationKind> = []
        for element in elements(root["operations"], at: "/operations") {
            guard let kind = element.string.flatMap(OperationKind.init(rawValue:)) else {
                fail("/operations", "may have create, update, upsert and delete")
                continue
            }
            operations.insert(kind)
        }
        if root["operations"] == nil { operations = Set(OperationKind.allCases) }
        return operations
    }

    private mutating func parseFilters(_ columns: [ColumnDescriptor]) -> [TableDescriptor.Filter] {
        var filters: [TableDescriptor.Filter] = []
        for (position, element) in elements(root["filters"], at: "/filters").enumerated() {
            let pointer = "/filters/\(position)"
            guard let parameter = text(element["parameter"], at: pointer + "/parameter"),
                let column = column(element["column"], at: pointer + "/column", in: columns)
            else { continue }
            if ["limit", "offset", "after", "sort", "fields"].contains(parameter) {
                fail(pointer + "/parameter", "\(parameter) has a meaning of its own")
            }
            if columns[column].type == .jsonb { fail(pointer + "/column", "a jsonb column can't be filtered by") }
            var operators: [FilterOperator] = []
            for name in elements(element["operators"], at: pointer + "/operators") {
                guard let known = name.string.flatMap(FilterOperator.init(rawValue:)) else {
                    fail(pointer + "/operators", "may have eq, gt, gte, lt, lte, in and like")
                    continue
                }
                if known == .like && columns[column].type != .text { fail(pointer + "/operators", "like is for text") }
                operators.append(known)
            }
            filters.append(
                TableDescriptor.Filter(
                    parameter: parameter, column: column, operators: operators.isEmpty ? [.equal] : operators))
        }
        return filters
    }

    private mutating func parseDefaultOrder(_ columns: [ColumnDescriptor]) -> [TableDescriptor.SortTerm] {
        elements(root["defaultOrder"], at: "/defaultOrder").compactMap { element in
            guard let name = element.string else {
                fail("/defaultOrder", "must have column names, with a `-` before them to sort downwards")
                return nil
            }
            let isDescending = name.hasPrefix("-")
            guard let index = columns.firstIndex(where: { $0.name == name.drop { $0 == "-" } }) else {
                fail("/defaultOrder", "\(name) is no column")
                return nil
            }
            return TableDescriptor.SortTerm(column: index, isDescending: isDescending)
        }
    }

    private mutating func parseMigrations() -> [TableDescriptor.TableMigration] {
        var migrations: [TableDescriptor.TableMigration] = []
        for (position, element) in elements(root["migrations"], at: "/migrations").enumerated() {
            guard let sql = text(element["sql"], at: "/migrations/\(position)/sql") else { continue }
            if element["version"]?.int64 != Int64(position + 1) {
                fail("/migrations/\(position)/version", "migrations are numbered 1, 2, 3 …")
            }
            migrations.append(
                TableDescriptor.TableMigration(
                    version: position + 1, name: element["name"]?.string ?? "migration \(position + 1)", sql: sql))
        }
        return migrations
    }

    private mutating func parseInvalidates() -> [OperationKind: Set<String>] {
        var invalidates: [OperationKind: Set<String>] = [:]
        guard let object = root["invalidates"] else { return [:] }
        for (name, tables) in object.members {
            guard let kind = OperationKind(rawValue: name) else {
                fail("/invalidates/\(name)", "is no operation")
                continue
            }
            for table in elements(tables, at: "/invalidates/\(name)") {
                if let table = identifier(table, at: "/invalidates/\(name)") {
                    invalidates[kind, default: []].insert(table)
                }
            }
        }
        return invalidates
    }

    private mutating func parseChecks(_ columns: [ColumnDescriptor]) -> [TableDescriptor.Check] {
        var checks: [TableDescriptor.Check] = []
        for (position, element) in elements(root["checks"], at: "/checks").enumerated() {
            let pointer = "/checks/\(position)"
            guard let function = text(element["check"], at: pointer + "/check"),
                let signature = text(element["signature"], at: pointer + "/signature")
            else { continue }
            checks.append(
                TableDescriptor.Check(
                    function: function, signature: signature,
                    columns: elements(element["columns"], at: pointer + "/columns").compactMap {
                        column($0, at: pointer + "/columns", in: columns)
                    },
                    message: element["message"]?.string ?? "The value is not accepted."))
        }
        return checks
    }

    private mutating func parseDerives(_ columns: [ColumnDescriptor]) -> [TableDescriptor.Derive] {
        var derives: [TableDescriptor.Derive] = []
        for (position, element) in elements(root["derives"], at: "/derives").enumerated() {
            let pointer = "/derives/\(position)"
            guard let target = column(element["derive"], at: pointer + "/derive", in: columns),
                let signature = text(element["signature"], at: pointer + "/signature")
            else { continue }
            if columns[target].source != .derived { fail(pointer + "/derive", "the column's source must be derived") }
            derives.append(
                TableDescriptor.Derive(
                    column: target, function: element["function"]?.string ?? columns[target].name,
                    signature: signature,
                    from: elements(element["from"], at: pointer + "/from").compactMap {
                        column($0, at: pointer + "/from", in: columns)
                    }))
        }
        return derives
    }

    // MARK: - Values

    private mutating func refuseUnknown(_ value: JSONValue, at pointer: String, known: Set<String>) {
        for (name, _) in value.members where !known.contains(name) {
            fail(pointer + "/" + name.escapedForPointer, "is not known in a descriptor")
        }
    }

    private mutating func text(_ value: JSONValue?, at pointer: String) -> String? {
        guard let text = value?.string, !text.isEmpty, !text.utf8.contains(0) else {
            fail(pointer, "must be a string that is not empty")
            return nil
        }
        return text
    }

    /// Names that need no quoting anywhere, in SQL or in a subject: `[a-z_][a-z0-9_]{0,62}`.
    private mutating func identifier(_ value: JSONValue?, at pointer: String) -> String? {
        guard let text = value?.string, (1...63).contains(text.utf8.count), let first = text.utf8.first,
            !(0x30...0x39).contains(first),
            text.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F })
        else {
            fail(pointer, "must be a name of 1 to 63 lower-case letters, digits and underscores, no digit first")
            return nil
        }
        return text
    }

    private mutating func elements(_ value: JSONValue?, at pointer: String) -> [JSONValue] {
        guard let value, !value.isNull else { return [] }
        guard value.kind == .array else {
            fail(pointer, "must be an array")
            return []
        }
        return Array(value.elements)
    }

    private mutating func column(_ value: JSONValue?, at pointer: String, in columns: [ColumnDescriptor]) -> Int? {
        guard let name = value?.string, let index = columns.firstIndex(where: { $0.name == name }) else {
            fail(pointer, "must name one of the columns")
            return nil
        }
        return index
    }
}
