// Paging by the last row's values, which stays stable while rows are inserted.
import FoundationEssentials
import JSON

/// The order of a list, made total by the key, and the tokens that continue it.
struct Keyset: Sendable {
    let terms: [TableDescriptor.SortTerm]
    private let descriptor: TableDescriptor

    init(order: [TableDescriptor.SortTerm], descriptor: TableDescriptor) {
        self.descriptor = descriptor
        let isTotal = order.contains { $0.column == descriptor.keyIndex }
        let last = TableDescriptor.SortTerm(
            column: descriptor.keyIndex, isDescending: order.last?.isDescending ?? false)
        terms = isTotal ? order : order + [last]
    }

    private func name(_ term: TableDescriptor.SortTerm) -> String {
        "t." + TableStatements.quoted(descriptor.columns[term.column].name)
    }

    private func isNullable(_ term: TableDescriptor.SortTerm) -> Bool {
        descriptor.columns[term.column].isNullable || descriptor.columns[term.column].source == .derived
    }

    /// The texts that a token is made of.
    var selection: String { terms.map { "\(name($0))::text" }.joined(separator: ", ") }

    var orderBy: String {
        terms.map { term in
            // NULLs come last both ways; where there are none, the plain form can use an index.
            "\(name(term))\(term.isDescending ? " DESC" : "")\(isNullable(term) ? " NULLS LAST" : "")"
        }.joined(separator: ", ")
    }

    /// The rows after one whose values these are.
    func condition(_ values: [String?], appendingTo parameters: inout [String]) -> String {
        var alternatives: [String] = []
        var equalities: [String] = []
        for (term, value) in zip(terms, values) {
            guard let value else {
                // Nothing but NULLs comes after a NULL.
                equalities.append("\(name(term)) IS NULL")
                continue
            }
            parameters.append(value)
            let placeholder = "$\(parameters.count)::\(descriptor.columns[term.column].type.comparisonSQL)"
            var further = "\(name(term)) \(term.isDescending ? "<" : ">") \(placeholder)"
            if isNullable(term) { further = "(\(further) OR \(name(term)) IS NULL)" }
            alternatives.append((equalities + [further]).joined(separator: " AND "))
            equalities.append("\(name(term)) = \(placeholder)")
        }
        return alternatives.isEmpty ? "false" : "(\(alternatives.map { "(\($0))" }.joined(separator: " OR ")))"
    }

    // MARK: - Tokens

    /// What a token is bound to: with another order its values would mean nothing.
    private var signature: String {
        terms.map { ($0.isDescending ? "-" : "") + descriptor.columns[$0.column].name }.joined(separator: ",")
    }

    func token(_ values: [String?]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        writer.string(signature)
        for value in values { if let value { writer.string(value) } else { writer.null() } }
        writer.endArray()
        return Data(writer.bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The values of a token; `nil` where it is none of this order.
    func values(_ token: String) -> [String?]? {
        // Larger than any that fits into a request's head.
        guard token.utf8.count <= 65_536 else { return nil }
        let standard = token.replacing("-", with: "+").replacing("_", with: "/")
        let padded = standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded), let document = try? JSONDocument(parsing: Array(data)),
            document.root.count == terms.count + 1, document.root[0]?.string == signature
        else { return nil }
        var values: [String?] = []
        for (term, element) in zip(terms, document.root.elements.dropFirst()) {
            if element.isNull, isNullable(term) {
                values.append(nil)
                continue
            }
            guard let text = element.string, let value = tokenValue(text, term) else { return nil }
            values.append(value)
        }
        return values
    }

    /// A timestamp comes in PostgreSQL's own form, `2026-11-24 03:29:00.123456+00`, `10000-01-01 00:00:00+00` or
    /// `0044-03-15 12:00:00+00 BC`.
    private func tokenValue(_ text: String, _ term: TableDescriptor.SortTerm) -> String? {
        let type = descriptor.columns[term.column].type
        if type.specialValues.contains(text) { return text }
        guard type == .timestamptz else { return type.queryValue(text) }
        let characters = Set("0123456789 -+:.".utf8)
        let isBeforeChrist = text.hasSuffix(" BC")
        let rest = isBeforeChrist ? text.dropLast(3) : text[...]
        guard rest.utf8.count <= 40, rest.utf8.allSatisfy(characters.contains) else { return nil }
        let digits = rest.prefix { $0 != "-" }
        guard (4...6).contains(digits.count), let year = Int(digits), year > 0 else { return nil }
        // A year of the same length that RFC 3339 has: the calendar repeats itself every 400 years.
        let cycle = ((isBeforeChrist ? 1 - year : year) % 400 + 400) % 400
        let shown = "\(2_000 + cycle)" + rest.dropFirst(digits.count)
        return StringFormat.dateTime.matches(shown) || StringFormat.dateTime.matches(shown + ":00") ? text : nil
    }
}
