// What a statement returned.
import CLibPQ

/// The rows of a result, in text format. Rows and columns count from 0; one that is out of range is a programmer's
/// error and gives `nil`.
package final class PostgresRows: @unchecked Sendable {
    // Unchecked: libpq never changes a result once it is made, and only `deinit` frees it.
    private let result: OpaquePointer
    package let count: Int
    package let columnCount: Int

    /// Takes the result over.
    init(taking result: OpaquePointer) {
        self.result = result
        count = Int(PQntuples(result))
        columnCount = Int(PQnfields(result))
    }

    deinit {
        PQclear(result)
    }

    /// Bytes that the values have together.
    package var size: Int {
        (0..<Int32(count)).reduce(0) { size, row in
            (0..<Int32(columnCount)).reduce(size) { $0 + Int(PQgetlength(result, row, $1)) }
        }
    }

    /// How many rows an `INSERT`, `UPDATE` or `DELETE` changed.
    package var affectedRows: Int {
        Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    package func isNull(_ row: Int, _ column: Int) -> Bool {
        guard isInside(row, column) else { return true }
        return PQgetisnull(result, Int32(row), Int32(column)) == 1
    }

    /// The value's text; `nil`: NULL.
    package func string(_ row: Int, _ column: Int) -> String? {
        withValue(row, column) { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of the value's text; `nil`: NULL.
    package func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
        withValue(row, column) { Array($0) }
    }

    /// The value as a number; `nil` for NULL and for a text that is no integer of 64 bits.
    package func int64(_ row: Int, _ column: Int) -> Int64? {
        string(row, column).flatMap { Int64($0) }
    }

    /// Appends the bytes of the value's text; nothing where it is NULL.
    package func append(_ row: Int, _ column: Int, to buffer: inout [UInt8]) {
        withValue(row, column) { buffer.append(contentsOf: $0) }
    }

    private func isInside(_ row: Int, _ column: Int) -> Bool {
        (0..<count).contains(row) && (0..<columnCount).contains(column)
    }

    @discardableResult
    private func withValue<Value>(_ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value? {
        guard !isNull(row, column), let start = PQgetvalue(result, Int32(row), Int32(column)) else { return nil }
        // Valid until the result is freed, which this object outlives.
        return body(UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, Int32(row), Int32(column)))))
    }
}
