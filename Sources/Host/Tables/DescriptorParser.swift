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
                errors: [FieldError(pointer: "", code: "json", message: Self.sentence(about: error, in: bytes))])
        }
        var parser = DescriptorParser(document.root)
        guard let descriptor = parser.parse(source: bytes), parser.errors.isEmpty else {
            throw DescriptorError(errors: parser.errors)
        }
        self = descriptor
    }

    /// A line of a definition that may stand there once becomes a member: twice, it is one that JSON does not allow.
    private static func sentence(about error: JSONError, in bytes: [UInt8]) -> String {
        guard error.code == .duplicateMember else { return "the descriptor is not JSON: \(error.message)" }
        let name = bytes[error.offset...].dropFirst().prefix { $0 != UInt8(ascii: "\"") }
        return "an object in the descriptor has the member \(String(decoding: name, as: UTF8.self)) twice (at byte "
            + "\(error.offset)): a definition has one Key, one Sort, and each member of an object once"
    }
}

/// Reads a descriptor and collects what is wrong with it.
struct DescriptorParser {
    let root: JSONValue
    private(set) var errors: [FieldError] = []
    /// The columns that are free of faults, in order.
    var columns: [ColumnDescriptor] = []
    /// Names of columns that have faults. They are reported there, and not again wherever the column is named.
    var faultyColumns: Set<String> = []

    init(_ root: JSONValue) {
        self.root = root
    }

    mutating func fail(_ pointer: String, _ message: String) {
        errors.append(FieldError(pointer: pointer, code: "descriptor", message: message))
    }

    /// As `docs/descriptor.schema.json` has them. Both stand in plugins.lock, whose lines have neither quotes nor escapes.
    static let pluginName = TextPattern(#"^[A-Za-z][A-Za-z0-9_.-]{0,62}$"#)
    static let pluginVersion = TextPattern(#"^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$"#)

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
        if let name, TableDescriptor.reservedNames.contains(name) {
            fail("/name", "is a name that the hosts use for paths or tables of their own: choose another")
        }
        let pluginName = text(
            root["plugin"]?["name"], like: Self.pluginName, at: "/plugin/name",
            "must be a name of 1 to 63 letters, digits, `_`, `.` and `-`, a letter first")
        let pluginVersion = text(
            root["plugin"]?["version"], like: Self.pluginVersion, at: "/plugin/version",
            "must be a version by semver.org, such as 1.0.0")
        if let plugin = root["plugin"] { refuseUnknown(plugin, at: "/plugin", known: ["name", "version"]) }
        let schemaVersion = root["schemaVersion"]?.int64 ?? 0
        if !(1...Int64(Int32.max)).contains(schemaVersion) {
            fail("/schemaVersion", "must be an integer from 1 to \(Int32.max)")
        }
        parseColumns()
        let keyIndex = parseKey()
        let operations = parseOperations()
        if let keyIndex, operations.contains(.update), faultyColumns.isEmpty,
            !columns.indices.contains(where: { columns[$0].source != .database && $0 != keyIndex })
        {
            fail("/operations", "`update` needs a column besides the key")
        }
        let filters = parseFilters()
        let sortable = parseSort()
        let defaultOrder = parseDefaultOrder()
        let migrations = parseMigrations()
        let invalidates = parseInvalidates()
        let checks = parseChecks(key: keyIndex)
        let derives = parseDerives(key: keyIndex)
        guard errors.isEmpty, let name, let pluginName, let pluginVersion, let keyIndex else { return nil }
        return TableDescriptor(
            name: name, pluginName: pluginName, pluginVersion: pluginVersion, schemaVersion: Int(schemaVersion),
            columns: columns, keyIndex: keyIndex, operations: operations, filters: filters, sortable: sortable,
            defaultOrder: defaultOrder, migrations: migrations, invalidates: invalidates, checks: checks,
            derives: derives, source: source,
            row: RowStatement(table: name, columns: columns, key: columns[keyIndex]))
    }

    private mutating func parseKey() -> Int? {
        guard let index = column(root["key"], at: "/key") else { return nil }
        if columns[index].type != .uuid && columns[index].type != .text {
            fail("/key", "the key column must be uuid or text")
        }
        if columns[index].jsonName != nil {
            fail("/key", "the key column must have no `json` name: it is not in bodies")
        }
        return index
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
        if (root["operations"]?.count ?? 0) == 0 {
            fail("/operations", "must have at least one of create, update, upsert and delete")
        }
        return operations
    }
}
