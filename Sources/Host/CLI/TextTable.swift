// Columns for a terminal.

/// Rows of text, each column as wide as its widest cell.
struct TextTable {
    private var rows: [[String]]

    init(_ header: [String]) {
        rows = [header]
    }

    mutating func add(_ row: [String]) {
        rows.append(row)
    }

    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0.padded(to: $1 + 1) }
            return String(cells.joined(separator: " ").reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
