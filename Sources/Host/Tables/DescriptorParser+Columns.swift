// The columns of a descriptor.
import JSON
import Operations

extension DescriptorParser {
    mutating func parseColumns() {
        guard let list = root["columns"], list.kind == .array, (1...500).contains(list.count) else {
            return fail("/columns", "must be an array of 1 to 500 columns")
        }
        var names: Set<String> = []
        var members: Set<String> = []
        for (position, element) in list.elements.enumerated() {
            let pointer = "/columns/\(position)"
            let before = errors.count
            let parsed = parseColumn(element, at: pointer)
            if let name = element["name"]?.string, !names.insert(name).inserted {
                fail(pointer + "/name", "there is another column of this name")
            }
            if let member = element["json"]?.string, !members.insert(member).inserted {
                fail(pointer + "/json", "another column takes this member")
            }
            if let parsed, errors.count == before {
                columns.append(parsed)
            } else if let name = element["name"]?.string {
                faultyColumns.insert(name)
            }
        }
    }

    private mutating func parseColumn(_ value: JSONValue, at pointer: String) -> ColumnDescriptor? {
        refuseUnknown(
            value, at: pointer,
            known: [
                "name", "type", "json", "source", "required", "nullable", "default", "references", "schema",
                "description",
            ])
        let name = identifier(value["name"], at: pointer + "/name")
        let type = value["type"]?.string.flatMap { ColumnType($0) }
        if type == nil {
            fail(
                pointer + "/type",
                "must be uuid, text, smallint, integer, bigint, numeric(p,s), numeric, real, double precision, boolean, "
                    + "date, timestamptz or jsonb")
        }
        let source = parseSource(value, at: pointer)
        let isRequired = flag(value["required"], at: pointer + "/required") ?? false
        // The key is in every row. What PostgreSQL fills may be NULL there as long as nobody says that it is not; what the
        // plugin fills is taken for nullable where it matters.
        let isKey = value["name"]?.string == root["key"]?.string
        let isUnlessSaid = source == .database ? !isKey : source == .input && !isRequired
        let isNullable = flag(value["nullable"], at: pointer + "/nullable") ?? isUnlessSaid
        let jsonName = value["json"].flatMap { member($0, at: pointer + "/json") }
        if value["json"] == nil {
            for name in ["required", "default", "references", "schema"] where value[name] != nil {
                fail("\(pointer)/\(name)", "is for columns from the body, which have a `json` name")
            }
        }
        var rule = SchemaCompiler.compile(value["schema"], at: pointer + "/schema", reportingTo: &self)
        if let type { adapt(&rule, to: type, at: pointer + "/schema") }
        let references = parseReference(value["references"], at: pointer + "/references")
        guard let name, let type else { return nil }
        let column = ColumnDescriptor(
            name: name, type: type, source: source, jsonName: jsonName, isRequired: isRequired, isNullable: isNullable,
            defaultValue: value["default"], references: references, schema: value["schema"], rule: rule)
        if let defaultValue = value["default"] {
            var faults: [FieldError] = []
            column.check(defaultValue, at: pointer + "/default", into: &faults)
            for fault in faults { fail(fault.pointer, "is no value of the column: \(fault.message)") }
        } else if source == .input && !isRequired && !isNullable {
            fail(pointer + "/nullable", "a column that is neither required nor nullable needs a `default`")
        }
        return column
    }

    private mutating func parseSource(_ value: JSONValue, at pointer: String) -> ColumnDescriptor.Source {
        let isInBody = value["json"] != nil
        guard let given = value["source"] else { return isInBody ? .input : .database }
        guard let source = given.string.flatMap(ColumnDescriptor.Source.init(rawValue:)) else {
            fail(pointer + "/source", "must be input, derived or database")
            return .database
        }
        if source == .input && !isInBody { fail(pointer + "/json", "a column from the body needs its `json` name") }
        if source != .input && isInBody { fail(pointer + "/source", "only a column from the body has a `json` name") }
        return source
    }

    /// What the SQL type demands holds whatever the schema says: otherwise PostgreSQL would refuse what was accepted.
    private mutating func adapt(_ rule: inout SchemaRule, to type: ColumnType, at pointer: String) {
        if let needed = type.jsonType, let given = rule.type, given != needed {
            let isNumber = [needed, given].allSatisfy { $0 == .number || $0 == .integer }
            if !isNumber { fail(pointer + "/type", "must be \(needed.rawValue) for a column of type \(type.sql)") }
        }
        if let needed = type.format, let given = rule.format, given != needed {
            fail(pointer + "/format", "must be \(needed.rawValue) for a column of type \(type.sql)")
        }
        rule.type = rule.type ?? type.jsonType
        rule.format = rule.format ?? type.format
    }

    private mutating func parseReference(
        _ value: JSONValue?, at pointer: String
    ) -> ColumnDescriptor.Reference? {
        guard let value else { return nil }
        refuseUnknown(value, at: pointer, known: ["table", "column"])
        let table = identifier(value["table"], at: pointer + "/table")
        let column = identifier(value["column"], at: pointer + "/column")
        guard let table, let column else { return nil }
        return ColumnDescriptor.Reference(table: table, column: column)
    }
}
