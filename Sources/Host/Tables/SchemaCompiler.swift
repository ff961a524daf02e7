// From a `schema` in a descriptor to a `SchemaRule`.
import JSON

/// Compiles the keywords of JSON Schema (2020-12) that the hosts check; any other keyword is an error, except for
/// annotations.
enum SchemaCompiler {
    private static let annotations: Set<String> = ["title", "description", "examples", "$comment", "deprecated"]

    static func compile(
        _ schema: JSONValue?, at pointer: String, reportingTo parser: inout DescriptorParser
    ) -> SchemaRule {
        var rule = SchemaRule()
        guard let schema else { return rule }
        guard schema.kind == .object else {
            parser.fail(pointer, "must be an object")
            return rule
        }
        for (keyword, value) in schema.members where !annotations.contains(keyword) {
            let place = pointer + "/" + keyword.escapedForPointer
            switch keyword {
            case "type":
                rule.type = value.string.flatMap(JSONType.init(rawValue:))
                if rule.type == nil { parser.fail(place, "must be one of JSON Schema's types, other than null") }
            case "enum":
                rule.enumeration = Array(value.elements)
                if value.kind != .array || rule.enumeration.isEmpty {
                    parser.fail(place, "must be an array of at least one value")
                }
            case "const": rule.enumeration = [value]
            case "minLength": rule.minimumLength = count(value, at: place, &parser)
            case "maxLength": rule.maximumLength = count(value, at: place, &parser)
            case "minItems": rule.minimumItems = count(value, at: place, &parser)
            case "maxItems": rule.maximumItems = count(value, at: place, &parser)
            case "minimum": rule.minimum = number(value, at: place, &parser)
            case "maximum": rule.maximum = number(value, at: place, &parser)
            case "exclusiveMinimum": rule.exclusiveMinimum = number(value, at: place, &parser)
            case "exclusiveMaximum": rule.exclusiveMaximum = number(value, at: place, &parser)
            case "multipleOf":
                rule.multipleOf = number(value, at: place, &parser)
                if let step = rule.multipleOf, step.isZero || step.isNegative || step.significantDigits > 15 {
                    parser.fail(place, "must be positive and have at most 15 digits")
                }
            case "pattern":
                rule.pattern = value.string.flatMap { TextPattern($0) }
                if rule.pattern == nil {
                    parser.fail(place, "must be a POSIX extended regular expression, which has [0-9] and no \\d")
                }
            case "format":
                rule.format = value.string.flatMap(StringFormat.init(rawValue:))
                if rule.format == nil {
                    let known = StringFormat.allCases.map(\.rawValue).joined(separator: ", ")
                    parser.fail(place, "must be one of \(known)")
                }
            case "items": rule.items = [compile(value, at: place, reportingTo: &parser)]
            case "properties":
                if value.kind != .object { parser.fail(place, "must be an object of schemas") }
                for (name, property) in value.members {
                    let compiled = compile(property, at: place + "/" + name.escapedForPointer, reportingTo: &parser)
                    rule.properties.append((name, compiled))
                }
            case "required":
                rule.required = value.elements.compactMap(\.string)
                if value.kind != .array || rule.required.count != value.count {
                    parser.fail(place, "must be an array of members' names")
                }
            case "additionalProperties":
                guard let isAllowed = value.bool else {
                    parser.fail(place, "must be true or false")
                    continue
                }
                rule.allowsAdditionalProperties = isAllowed
            default:
                parser.fail(place, "is a keyword that the hosts do not check")
            }
        }
        return rule
    }

    private static func count(_ value: JSONValue, at place: String, _ parser: inout DescriptorParser) -> Int? {
        guard let number = value.int64, number >= 0, let count = Int(exactly: number) else {
            parser.fail(place, "must be an integer from 0")
            return nil
        }
        return count
    }

    private static func number(_ value: JSONValue, at place: String, _ parser: inout DescriptorParser) -> JSONDecimal? {
        guard let number = value.decimal else {
            parser.fail(place, "must be a number")
            return nil
        }
        return number
    }
}
