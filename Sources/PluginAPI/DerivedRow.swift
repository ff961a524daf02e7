// The row that prepare() completes.
import CPluginABI

/// The row under construction. The host has filled it from the body; a table sets what it derives.
///
/// Valid during the call that it is passed to: it can't be copied or kept.
public struct DerivedRow: ~Copyable {
    /// The batch's time, the same for each of its rows.
    public let now: Timestamp

    private let sink: UnsafePointer<jspg_row_sink>
    private let columns: [String]

    init(_ sink: UnsafePointer<jspg_row_sink>, now: Timestamp, columns: [String]) {
        self.sink = sink
        self.now = now
        self.columns = columns
    }

    /// Sets a column.
    ///
    /// - Parameters:
    ///   - column: its name in the definition; not the key, and no ``DatabaseColumn``.
    ///   - value: what to store; `nil` for NULL.
    /// - Throws: a failure where the definition has no such column, or the host does not take the value.
    public func set(_ column: String, to value: some SQLValue) throws(WriteRejection) {
        let row = sink.pointee
        guard let index = columns.firstIndex(of: column), let set = row.set, let setNull = row.set_null else {
            throw .failure("prepare() sets the column “\(column)”, which the definition does not have.")
        }
        let result =
            if let text = value.sqlText {
                withBytes(of: text) { set(row.context, UInt32(index), $0) }
            } else {
                setNull(row.context, UInt32(index))
            }
        guard Int(result) == JSPG_OK else {
            throw .failure("prepare() may not set the column “\(column)”, or not to this value.")
        }
    }
}
