// What tells the series of one metric apart.

/// Label names and values, in order: `["table": "items"]`. Few values only: a table, an outcome, never an id.
package struct MetricLabels: Sendable, Hashable, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    /// `{table="items"}`; empty where there are none.
    let text: String
    private let inner: String

    package init(_ pairs: [(String, String)]) {
        inner = pairs.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        text = inner.isEmpty ? "" : "{\(inner)}"
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }

    /// `[]`: no labels.
    package init(arrayLiteral _: Never...) {
        self.init([])
    }

    /// With one more label at the end, already escaped.
    func text(adding name: String, _ value: String) -> String {
        inner.isEmpty ? "{\(name)=\"\(value)\"}" : "{\(inner),\(name)=\"\(value)\"}"
    }

    private static func escaped(_ value: String) -> String {
        guard value.contains(where: { $0 == "\\" || $0 == "\"" || $0.isNewline }) else { return value }
        return value.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    static func escapedHelp(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
