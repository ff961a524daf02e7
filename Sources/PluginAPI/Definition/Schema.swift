// What a value in a body may be, in the vocabulary of JSON Schema.

/// A schema (JSON Schema 2020-12) that a host checks before the plugin is asked.
public struct Schema: Sendable {
    /// A well-known form of strings.
    public enum Format: String, Sendable {
        /// An e-mail address by the rule of HTML's input, with a dot in its domain: `ada@example.com`.
        case email
        /// 32 hexadecimal digits with hyphens between (RFC 9562).
        case uuid
        /// A date and a time with its offset (RFC 3339): `2026-03-01T12:00:00Z`.
        case dateTime = "date-time"
        /// A date (RFC 3339): `2026-03-01`.
        case date
        /// An absolute URI (RFC 3986): `https://example.com/`.
        case uri
    }

    /// The schema as JSON.
    let json: String

    private init(_ type: String, _ keywords: (inout JSONText.Object) -> Void = { _ in }) {
        var object = JSONText.Object()
        object.add("type", JSONText.quoted(type))
        keywords(&object)
        json = object.finished
    }

    /// A string. Lengths count Unicode characters (code points).
    ///
    /// - Parameters:
    ///   - minLength: how many it has at least, from 0.
    ///   - maxLength: how many it has at most, from 0.
    ///   - pattern: a POSIX extended regular expression (regex(7)) that must match somewhere in the string; anchor it with
    ///     `^` and `$`. What POSIX has not, `\d`, `\w`, `\1` and `(?:…)`, is refused: write `[0-9]`, `[A-Za-z0-9_]`, `(…)`.
    ///   - format: a well-known form that it must have.
    ///   - values: those allowed; empty: any.
    public static func string(
        minLength: Int? = nil, maxLength: Int? = nil, pattern: String? = nil, format: Format? = nil,
        oneOf values: [String] = []
    ) -> Schema {
        Schema("string") { schema in
            schema.add("minLength", minLength.map(\.description))
            schema.add("maxLength", maxLength.map(\.description))
            schema.add("pattern", pattern.map(JSONText.quoted))
            schema.add("format", (format?.rawValue).map(JSONText.quoted))
            schema.add("enum", values.isEmpty ? nil : JSONText.strings(values))
        }
    }

    /// A number without a fraction. `1.0` is one.
    ///
    /// - Parameter multipleOf: positive, with at most 15 digits.
    public static func integer(
        minimum: NumberLiteral? = nil, maximum: NumberLiteral? = nil, exclusiveMinimum: NumberLiteral? = nil,
        exclusiveMaximum: NumberLiteral? = nil, multipleOf: NumberLiteral? = nil
    ) -> Schema {
        bounded("integer", minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf)
    }

    /// A number. Hosts compare it with its bounds exactly, as decimal text.
    ///
    /// - Parameter multipleOf: positive, with at most 15 digits.
    public static func number(
        minimum: NumberLiteral? = nil, maximum: NumberLiteral? = nil, exclusiveMinimum: NumberLiteral? = nil,
        exclusiveMaximum: NumberLiteral? = nil, multipleOf: NumberLiteral? = nil
    ) -> Schema {
        bounded("number", minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf)
    }

    /// `true` or `false`.
    public static var boolean: Schema { Schema("boolean") }

    /// An array whose elements all have one schema.
    ///
    /// - Parameters:
    ///   - minItems: how many it has at least, from 0.
    ///   - maxItems: how many it has at most, from 0.
    public static func array(of element: Schema, minItems: Int? = nil, maxItems: Int? = nil) -> Schema {
        Schema("array") { schema in
            schema.add("minItems", minItems.map(\.description))
            schema.add("maxItems", maxItems.map(\.description))
            schema.add("items", element.json)
        }
    }

    /// An object with these members and no others.
    public static func object(_ members: SchemaMember...) -> Schema {
        Schema("object") { schema in
            var required: [String] = []
            var properties = JSONText.Object()
            for member in members {
                if member.isRequired { required.append(member.name) }
                properties.add(member.name, member.schema.json)
            }
            schema.add("required", required.isEmpty ? nil : JSONText.strings(required))
            schema.add("properties", properties.finished)
            schema.add("additionalProperties", "false")
        }
    }

    private static func bounded(
        _ type: String, _ minimum: NumberLiteral?, _ maximum: NumberLiteral?, _ exclusiveMinimum: NumberLiteral?,
        _ exclusiveMaximum: NumberLiteral?, _ multipleOf: NumberLiteral?
    ) -> Schema {
        Schema(type) { schema in
            schema.add("minimum", minimum?.json.text)
            schema.add("maximum", maximum?.json.text)
            schema.add("exclusiveMinimum", exclusiveMinimum?.json.text)
            schema.add("exclusiveMaximum", exclusiveMaximum?.json.text)
            schema.add("multipleOf", multipleOf?.json.text)
        }
    }
}
