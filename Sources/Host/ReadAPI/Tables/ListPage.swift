// The body of a list: pure.
import JSON
import Tables

/// `{"{table}":[…],"limit":…,"offset":…,"next":…}`, written row by row as PostgreSQL rendered them.
struct ListPage {
    private let list: ListQuery
    /// What was written and not taken.
    private(set) var bytes: [UInt8]
    private var count = 0
    /// The query asks for one row more than the page has.
    private var hasMore = false
    private var lastKeys: [String?] = []

    init(_ list: ListQuery, table: String) {
        self.list = list
        bytes = Array("{\"\(table)\":[".utf8)
    }

    /// - Parameters:
    ///   - keys: of the row, for the next page.
    ///   - write: appends the row's JSON.
    mutating func append(keys: () -> [String?], _ write: (inout [UInt8]) -> Void) {
        guard count < list.limit else {
            hasMore = true
            return
        }
        if count > 0 { bytes.append(UInt8(ascii: ",")) }
        write(&bytes)
        count += 1
        if count == list.limit { lastKeys = keys() }
    }

    /// After the last row.
    mutating func finish() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("limit", list.limit)
        writer.member("offset", list.offset)
        writer.member("next", hasMore ? list.next(after: lastKeys) : nil)
        writer.endObject()
        bytes.append(contentsOf: "],".utf8)
        bytes.append(contentsOf: writer.bytes.dropFirst())
    }

    /// Hands over what was written since the last time.
    mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }
}
